import { type Bend, bent, type Draws, type Scores, softmaxInPlace } from './softmax.js'

/** Minus the log probability of true classes, over the number of samples, with its derivatives. */
export interface Loss {
  readonly value: number
  /** In the inverse temperature, and then in the offset of each class, where these are free. */
  readonly gradient: Float64Array
  /** An information matrix of the same numbers, row by row: positive semidefinite, and of the mean alone the curvature. */
  readonly information: Float64Array
}

/** What is fitted. */
export interface Place {
  /** 1/T. */
  readonly inverse: number
  /** null: none, and they are not free. */
  readonly offsets: Float64Array | null
}

/** Offsets are drawn to 0 as by a normal prior of deviation 1, so that a class that hardly occurs has one. */
const prior = 1

/**
 * The loss at a place, z_c = g_c/T + b_c and p its softmax: of one draw −log p_y has the derivatives −Σ_c (δ_yc − p_c) ∂z_c and the information
 * cov_p(∂z); of several draws p_y is their mean, and so each is weighted by its own p_y.
 */
export function lossAt(
  { mean, variance }: Scores,
  indices: ArrayLike<number>,
  draws: Draws,
  bend: Bend,
  { inverse, offsets }: Place,
): Loss {
  const [n, classes] = mean.shape as [number, number]
  const size = offsets === null ? 1 : classes + 1
  const gradient = new Float64Array(size)
  const information = new Float64Array(size * size)
  const means = mean.dataSync()
  const samples = draws === null ? 1 : draws.length / classes
  const [p, g, own] = [new Float64Array(classes), new Float64Array(classes), new Float64Array(size)]
  let value = 0
  for (let i = 0; i < n; i++) {
    const deviation = Math.sqrt(variance[i] as number)
    const truth = indices[i] as number
    let probability = 0
    own.fill(0)
    for (let s = 0; s < samples; s++) {
      for (let c = 0; c < classes; c++) {
        const drawn = draws === null ? 0 : deviation * (draws[s * classes + c] as number)
        g[c] = bent((means[i * classes + c] as number) + drawn, bend, classes)
        p[c] = inverse * (g[c] as number) + (offsets?.[c] ?? 0)
      }
      softmaxInPlace(p)
      const right = p[truth] as number
      probability += right
      let average = 0
      for (let c = 0; c < classes; c++) average += (p[c] as number) * (g[c] as number)
      own[0] = (own[0] as number) + right * ((g[truth] as number) - average)
      addInformation(information, { p, g, average, free: offsets !== null, weight: 1 / (n * samples) })
      if (offsets === null) continue
      for (let c = 0; c < classes; c++) {
        own[c + 1] = (own[c + 1] as number) + right * ((c === truth ? 1 : 0) - (p[c] as number))
      }
    }
    const kept = Math.max(probability, Number.MIN_VALUE)
    value -= Math.log(kept / samples) / n
    for (let k = 0; k < size; k++) gradient[k] = (gradient[k] as number) - (own[k] as number) / kept / n
  }
  offsets?.forEach((b, c) => {
    value += (prior * b * b) / (2 * n)
    gradient[c + 1] = (gradient[c + 1] as number) + (prior * b) / n
    information[(c + 1) * (size + 1)] = (information[(c + 1) * (size + 1)] as number) + prior / n
  })
  return { value, gradient, information }
}

interface Drawn {
  readonly p: Float64Array
  readonly g: Float64Array
  /** Σ_c p_c g_c. */
  readonly average: number
  readonly free: boolean
  readonly weight: number
}

/** Adds the covariance under p of what scores move by. */
function addInformation(into: Float64Array, { p, g, average, free, weight }: Drawn): void {
  const size = free ? p.length + 1 : 1
  for (let c = 0; c < p.length; c++) {
    const [pc, off] = [weight * (p[c] as number), (g[c] as number) - average]
    into[0] = (into[0] as number) + pc * off * off
    if (!free) continue
    into[c + 1] = (into[c + 1] as number) + pc * off
    into[(c + 1) * size] = (into[(c + 1) * size] as number) + pc * off
    const row = (c + 1) * size + 1
    into[row + c] = (into[row + c] as number) + pc
    for (let d = 0; d < p.length; d++) into[row + d] = (into[row + d] as number) - pc * (p[d] as number)
  }
}
