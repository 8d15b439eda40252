import { type Calibration, type Draws, negativeLogLikelihood, type Scores, softmaxOf } from './softmax.js'

/** Temperatures that are looked at, as multiples of the spread of the scores: beyond, probabilities are equal, or 0 and 1. */
const [coldest, hottest] = [1e-3, 1e3]

/** Floors of probabilities that are looked at. */
const floors = [null, 0.3, 0.1, 0.03, 0.01] as const

/** The calibration under which the true classes of samples that a process did not see are most probable. */
export function bestCalibration(scores: Scores, indices: ArrayLike<number>, draws: Draws): Calibration {
  const size = spread(scores)
  if (size === 0) return { temperature: 1, floor: null }
  let best: Calibration = { temperature: 1, floor: null }
  let least = Infinity
  for (const floor of floors) {
    const unit = floor === null ? size : 1
    const at = (log: number): Calibration => ({ temperature: unit * Math.exp(log), floor })
    const loss = (log: number): number => negativeLogLikelihood(softmaxOf(scores, at(log), draws), indices)
    const log = leastOf(loss, Math.log(coldest), Math.log(hottest))
    const value = loss(log)
    if (value < least) [best, least] = [at(log), value]
  }
  return best
}

/** The root mean square of the scores. */
function spread({ mean }: Scores): number {
  const data = mean.dataSync()
  let largest = 0
  for (const v of data) largest = Math.max(largest, Math.abs(v))
  if (largest === 0) return 0
  let square = 0
  for (const v of data) square += (v / largest) ** 2
  return largest * Math.sqrt(square / data.length)
}

const points = 25

/** Where a function of one number is least in an interval: the best of a grid, then the golden section around it. */
function leastOf(f: (x: number) => number, from: number, to: number): number {
  const grid = Array.from({ length: points }, (_, i) => from + ((to - from) * i) / (points - 1))
  const values = grid.map(f)
  const best = values.indexOf(Math.min(...values))
  let [a, b] = [grid[Math.max(0, best - 1)] as number, grid[Math.min(points - 1, best + 1)] as number]
  const golden = (Math.sqrt(5) - 1) / 2
  let [left, right] = [b - golden * (b - a), a + golden * (b - a)]
  let [atLeft, atRight] = [f(left), f(right)]
  while (b - a > 1e-3) {
    if (atLeft <= atRight) {
      ;[b, right, atRight] = [right, left, atLeft]
      left = b - golden * (b - a)
      atLeft = f(left)
    } else {
      ;[a, left, atLeft] = [left, right, atRight]
      right = a + golden * (b - a)
      atRight = f(right)
    }
  }
  return (a + b) / 2
}
