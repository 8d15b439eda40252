import { choleskySolve, eigh, matmul, NtkError, type Tensor, tensorFromData } from '@ntk/tensor'
import { rootMeanSquare } from '../../measures/numbers.js'

/** What depth makes of the tangent kernel of m samples. */
export interface Spectrum {
  readonly depth: number
  readonly largest: number
  readonly second: number
  /** The mean of all eigenvalues but the largest. */
  readonly bulk: number
  readonly smallest: number
  /**
   * The root mean square of the mean predictor Θ(test, train) Θ⁻¹ Y over test inputs and labels whose sum is 0; NaN where rounding
   * leaves no digit of Θ⁻¹.
   */
  readonly predictor: number
}

/** Beyond this condition number a kernel in float64 says nothing of its smallest eigenvalue. */
const worst = 1e12

/**
 * The spectrum of the first m samples of a kernel [n · n], and what its mean predictor makes of labels [m, k] on the samples from `test` on.
 */
export function spectrumOf(
  kernel: Float64Array,
  n: number,
  {
    m,
    test,
    labels,
    depth,
  }: { readonly m: number; readonly test: number; readonly labels: Tensor; readonly depth: number },
): Spectrum {
  const part = (rows: readonly [number, number]): Tensor => {
    const count = rows[1] - rows[0]
    const data = new Float64Array(count * m)
    for (let i = 0; i < count; i++)
      for (let j = 0; j < m; j++) data[i * m + j] = kernel[(rows[0] + i) * n + j] as number
    return tensorFromData(data, [count, m])
  }
  const train = part([0, m])
  const values = Array.from(eigh(train).values.dataSync()).reverse()
  const [largest = Number.NaN, second = Number.NaN] = values
  const smallest = values.at(-1) ?? Number.NaN
  const bulk = values.slice(1).reduce((sum, value) => sum + value, 0) / (m - 1)
  const usable = smallest > 0 && largest / smallest < worst
  return {
    depth,
    largest,
    second,
    bulk,
    smallest,
    predictor: usable ? predictorOf(train, part([test, n]), labels) : Number.NaN,
  }
}

function predictorOf(train: Tensor, across: Tensor, labels: Tensor): number {
  try {
    const predicted = matmul(across, choleskySolve(train, labels)).dataSync()
    return rootMeanSquare(predicted)
  } catch (error) {
    if (NtkError.isInstance(error) && error.code === 'not-positive-definite') return Number.NaN
    throw error
  }
}
