import { eigh, exp, key, matmul, normal, type Tensor, threadReport, transpose } from '@ntk/tensor'

/** How fast and how exactly the engine computes, measured now. */
export interface SelfCheck {
  readonly name: string
  readonly value: string
  /** Within what float64 must give. */
  readonly ok: boolean
}

/** Seconds of the fastest of some goes: what the machine can do, not what disturbed it. */
function fastest(goes: number, work: () => unknown): number {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < goes; i++) {
    const start = performance.now()
    work()
    best = Math.min(best, (performance.now() - start) / 1000)
  }
  return best
}

/** The largest difference of some entries of a product from plain sums in float64. */
function productError(a: Tensor, b: Tensor, product: Tensor): number {
  const n = a.shape[0] ?? 0
  const [x, y, z] = [a.dataSync(), b.dataSync(), product.dataSync()]
  let worst = 0
  for (let i = 0; i < n; i += 37) {
    for (let j = 0; j < n; j += 41) {
      let sum = 0
      for (let k = 0; k < n; k++) sum += (x[i * n + k] ?? 0) * (y[k * n + j] ?? 0)
      worst = Math.max(worst, Math.abs(sum - (z[i * n + j] ?? Number.NaN)))
    }
  }
  return worst
}

/** Seconds for many elements; goes on for up to a second until threads have started and proved themselves, if they do. */
async function exponentials(): Promise<number> {
  const x = normal(key(4), [1 << 20])
  const end = performance.now() + 1000
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 4 || (threadReport().threads === 1 && performance.now() < end); i++) {
    best = Math.min(
      best,
      fastest(4, () => exp(x).dataSync()),
    )
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return best
}

/** A matrix product for speed and exactness, an eigendecomposition, and functions of many elements. */
export async function selfCheck(size: number = 768): Promise<SelfCheck[]> {
  const a = normal(key(1), [size, size])
  const b = normal(key(2), [size, size])
  let product = matmul(a, b)
  const seconds = fastest(3, () => {
    product = matmul(a, b)
    return product.dataSync()
  })
  const error = productError(a, b, product)
  const small = normal(key(3), [200, 200])
  const gram = matmul(small, transpose(small))
  const start = performance.now()
  const values = eigh(gram).values.dataSync()
  const took = performance.now() - start
  const sum = (list: number[]): number => list.reduce((total, value) => total + value, 0)
  const trace = sum(Array.from(gram.dataSync()).filter((_, i) => i % 201 === 0))
  const traceError = Math.abs(sum(Array.from(values)) - trace) / trace
  const speed = (2 * size ** 3) / seconds / 1e9
  const elementwise = await exponentials()
  return [
    {
      name: `product of ${size} × ${size}, float64`,
      value: `${(1000 * seconds).toFixed(1)} ms, ${speed.toFixed(1)} GFLOP/s`,
      ok: true,
    },
    { name: 'its error against plain sums', value: error.toExponential(1), ok: error < 1e-10 },
    { name: 'eigenvalues of 200 × 200', value: `${took.toFixed(1)} ms`, ok: true },
    { name: 'their sum against the trace', value: traceError.toExponential(1), ok: traceError < 1e-12 },
    {
      name: 'exp of 2^20 elements',
      value: `${(1000 * elementwise).toFixed(1)} ms, ${((1e9 * elementwise) / 2 ** 20).toFixed(1)} ns each`,
      ok: true,
    },
  ]
}
