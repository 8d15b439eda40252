import { add, mul, sub, type Tensor } from '@ntk/tensor'
import { inDouble } from './host.js'

/** How targets [n, outputs] are brought to the units that they are fitted in, and predictions back. */
export interface Scaling {
  /** What an output is divided by. */
  readonly sizes: Float64Array
  readonly means: Float64Array
  /** [1, outputs]. */
  readonly sizesRow: Tensor
  /** Sum over outputs of log sizes: what a log density of one sample loses. */
  readonly logSizes: number
  forth(y: Tensor): Tensor
  back(f: Tensor): Tensor
}

/** Standardized to mean 0 and standard deviation 1 of each output, or left as they are. An output that is constant keeps its size. */
export function scalingOf(y: Tensor, standardize: boolean): Scaling {
  const [n, outputs] = y.shape as [number, number]
  const means = new Float64Array(outputs)
  const sizes = new Float64Array(outputs).fill(1)
  if (!standardize) return scalingBy(means, sizes)
  const data = y.dataSync()
  for (let c = 0; c < outputs; c++) {
    let mean = 0
    for (let i = 0; i < n; i++) mean += (data[i * outputs + c] as number) / n
    let largest = 0
    for (let i = 0; i < n; i++)
      largest = Math.max(largest, Math.abs((data[i * outputs + c] as number) - mean))
    means[c] = mean
    // differences that are rounding alone are none
    if (largest <= 2 ** -48 * Math.abs(mean)) continue
    let square = 0
    for (let i = 0; i < n; i++) square += (((data[i * outputs + c] as number) - mean) / largest) ** 2 / n
    sizes[c] = largest * Math.sqrt(square)
  }
  return scalingBy(means, sizes)
}

export function scalingBy(means: Float64Array, sizes: Float64Array): Scaling {
  const row = (v: Float64Array): Tensor => inDouble(v, [1, v.length])
  const plain = means.every((v) => v === 0) && sizes.every((v) => v === 1)
  const inverse = sizes.map((v) => 1 / v)
  return {
    means,
    sizes,
    sizesRow: row(sizes),
    logSizes: sizes.reduce((total, v) => total + Math.log(v), 0),
    forth: (y) => (plain ? y : mul(sub(y, row(means)), row(inverse))),
    back: (f) => (plain ? f : add(mul(f, row(sizes)), row(means))),
  }
}
