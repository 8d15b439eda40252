import {
  type Backend,
  cast,
  key,
  matmul,
  NtkError,
  normal,
  scope,
  type Tensor,
  toBackend,
  toHost,
} from '@ntk/tensor'
import type { DeviceName } from '../../config/device.js'
import { chooseDevice } from '../../networks/choose-device.js'

/** A device of this machine: what it is and how fast, or why it does not run. */
export interface DeviceCheck {
  readonly name: DeviceName
  readonly works: boolean
  /** In words: the library or graphics adapter; or what is missing. */
  readonly value: string
  /** Of float32 products, in 10⁹ operations a second; null where it does not run. */
  readonly rate: number | null
  /** Bytes of the largest buffer, or null where memory is the machine's. */
  readonly largestBuffer: number | null
  /** The largest difference of a product from that of float64, of its size; null where it does not run. */
  readonly error: number | null
}

const gigabytes = (bytes: number): string => `buffers up to ${(bytes / 2 ** 30).toFixed(1)} GB`

function missing(name: DeviceName, error: unknown): DeviceCheck {
  const value = NtkError.isInstance(error)
    ? [error.what, error.got === undefined ? '' : `Got ${error.got}.`, error.fix ?? '']
        .filter((part) => part !== '')
        .join(' ')
    : String(error)
  return { name, works: false, value, rate: null, largestBuffer: null, error: null }
}

/** Seconds of one product and one number read back; fewer rows where a first go was slow. */
async function productSeconds(a: Tensor, b: Tensor): Promise<number> {
  const start = performance.now()
  await scope(async () => {
    await matmul(a, b).data()
  })
  return (performance.now() - start) / 1000
}

async function measure(backend: Backend, size: number): Promise<{ rate: number; error: number }> {
  const square = (seed: number): Tensor => normal(key(seed), [size, size], { dtype: 'float32' })
  const [x, y] = [square(1), square(2)]
  const [a, b] = await toBackend([x, y] as const, backend)
  try {
    // the first go compiles
    const product = await toHost(matmul(a, b))
    let seconds = Number.POSITIVE_INFINITY
    for (let go = 0; go < 3; go++) seconds = Math.min(seconds, await productSeconds(a, b))
    const [got, want] = [product.dataSync(), matmul(cast(x, 'float64'), cast(y, 'float64')).dataSync()]
    let [off, top] = [0, 0]
    for (let i = 0; i < want.length; i++) {
      const expected = want[i] ?? Number.NaN
      off = Math.max(off, Math.abs((got[i] ?? Number.NaN) - expected))
      top = Math.max(top, Math.abs(expected))
    }
    return { rate: (2 * size ** 3) / seconds / 1e9, error: off / top }
  } finally {
    for (const t of new Set([a, b])) if (t !== x && t !== y) t.dispose()
  }
}

/** Every device: whether it runs here, its memory, and the rate and error of a float32 product measured now. */
export async function deviceChecks(): Promise<DeviceCheck[]> {
  const { deviceNames } = await import('@ntk/backend-tfjs')
  const checks: DeviceCheck[] = []
  for (const name of ['cuda', ...deviceNames] as const) {
    try {
      const { backend, about, largestBuffer, emulated } = await chooseDevice(name)
      const { rate, error } = await measure(backend, emulated ? 128 : 512)
      const memory = largestBuffer === null ? "the machine's memory" : gigabytes(largestBuffer)
      const value = [
        `${about}${emulated ? ' (a processor plays the GPU)' : ''}`,
        memory,
        `${rate.toFixed(1)} GFLOP/s in float32, off by ${error.toExponential(0)}`,
      ]
      checks.push({ name, works: error < 1e-4, value: value.join('; '), rate, largestBuffer, error })
    } catch (error) {
      checks.push(missing(name, error))
    }
  }
  return checks
}
