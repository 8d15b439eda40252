import { kernelFn } from '@ntk/kernels-analytic'
import { Conv, Dense, Flatten, GlobalAvgPool, type Layer, Relu, serial } from '@ntk/stax'
import { key, matmul, normal } from '@ntk/tensor'
import { median } from '../timing.js'
import { square } from '../yardstick.js'

/** The networks whose time is measured, each made in another way. */
export type Kind = 'dense' | 'flatten' | 'pool'

/** A size that is varied. */
export type Axis = 'samples' | 'depth' | 'side'

export interface Sizes {
  readonly samples: number
  readonly depth: number
  /** Of a square image; nothing for vectors. */
  readonly side: number
}

export interface Point extends Sizes {
  readonly kind: Kind
  readonly axis: Axis
  /** Processor time over that of a product of 2048, the median of pairs that took turns. */
  readonly units: number
}

const options = { wStd: 1.5, bStd: 0.1 }

function netOf(kind: Kind, depth: number): Layer {
  const layer = (): Layer =>
    kind === 'dense' ? Dense(512, options) : Conv(512, [3, 3], { ...options, padding: 'SAME' })
  const end = { dense: [], flatten: [Flatten()], pool: [GlobalAvgPool()] }[kind]
  const hidden = Array.from({ length: depth }, () => [layer(), Relu()]).flat()
  return serial(...hidden, ...end, Dense(1, options))
}

/** Features of a vector. */
const features = 784

function jobOf(kind: Kind, { samples, depth, side }: Sizes): () => Promise<unknown> {
  const x = normal(key(0), kind === 'dense' ? [samples, features] : [samples, side, side, 3])
  const net = netOf(kind, depth)
  return () => kernelFn(net)(x, null, { get: ['nngp', 'ntk'] })
}

/** Milliseconds of processor time, of all threads: others on the machine do not count. */
async function processorTime(job: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await job()
  const { user } = process.cpuUsage(before)
  return user / 1000
}

/** A job in turns with a matrix product: the first turn warms up, the ratio is the median of the others. */
export async function measure(kind: Kind, axis: Axis, sizes: Sizes, turns: number): Promise<Point> {
  const job = jobOf(kind, sizes)
  const [a, b] = [square(1024, 'float64', 1), square(1024, 'float64', 2)]
  // A short job runs several times a turn: the clock of processors ticks in milliseconds.
  let repeats = 1
  for (const least = 40; repeats < 1024; repeats *= 2) {
    if ((await processorTime(() => repeated(job, repeats))) >= least) break
  }
  const ratios: number[] = []
  for (let turn = 0; turn < turns; turn++) {
    // An eighth of the work of a product of 2048.
    const product = 8 * (await processorTime(() => matmul(a, b).dataSync()))
    const own = await processorTime(() => repeated(job, repeats))
    ratios.push(own / repeats / product)
  }
  return { kind, axis, ...sizes, units: median(ratios) }
}

async function repeated(job: () => Promise<unknown>, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await job()
}
