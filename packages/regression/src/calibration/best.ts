import { choleskySolve } from '@ntk/tensor'
import { inDouble } from '../algebra/host.js'
import { type Loss, lossAt, type Place } from './likelihood.js'
import { type Bend, type Calibration, type Draws, plainSoftmax, type Scores } from './softmax.js'

/** Temperatures that are looked at, as multiples of what scores are as large as: beyond, probabilities are equal, or 0 and 1. */
const [coldest, hottest] = [1e-3, 1e3]

/** Temperatures that a search may start from, likewise. */
const starts = [0.05, 0.2, 0.5, 1, 2, 5, 20]

/** Floors of probabilities that are looked at, and knees as multiples of the spread of the scores. */
const [floors, knees] = [
  [0.3, 0.1, 0.03, 0.01],
  [2, 1, 0.5, 0.25],
]

/** Of so many of the best bends the offsets are searched for, too. */
const finalists = 3

/**
 * The calibration under which the true classes of samples that a process did not see are most probable; a bend, which is one number more, must make all n
 * of them more probable by √n at least (Schwarz 1978), so that chance does not bend.
 */
export function bestCalibration(scores: Scores, indices: ArrayLike<number>, draws: Draws): Calibration {
  const size = spread(scores)
  if (size === 0) return plainSoftmax(1)
  const [n, classes] = scores.mean.shape as [number, number]
  const bends: readonly Bend[] = [
    { floor: null, knee: null },
    ...floors.map((floor) => ({ floor, knee: null })),
    ...knees.map((knee) => ({ floor: null, knee: knee * size })),
  ]
  const fitted = bends.map((bend) => {
    const unit = bend.floor === null && bend.knee === null ? size : 1
    const loss = (place: Place): Loss => lossAt(scores, indices, draws, bend, place)
    const range = [1 / (hottest * unit), 1 / (coldest * unit)] as const
    const first = starts
      .map((start): Reached => {
        const place = { inverse: 1 / (start * unit), offsets: null }
        return { place, value: loss(place).value }
      })
      .reduce((a, b) => (b.value < a.value ? b : a))
    const price = bend.floor === null && bend.knee === null ? 0 : Math.log(n) / (2 * n)
    return { bend, price, loss, range, found: descent(loss, first.place, range) }
  })
  const best = fitted
    .toSorted((a, b) => a.found.value + a.price - (b.found.value + b.price))
    .slice(0, finalists)
    .map(({ bend, price, loss, range, found }) => {
      const place = { ...found.place, offsets: new Float64Array(classes) }
      const refined = descent(loss, place, range)
      return { bend, found: refined, paid: refined.value + price }
    })
    .reduce((a, b) => (b.paid < a.paid ? b : a))
  const { inverse, offsets } = best.found.place
  return { ...best.bend, temperature: 1 / inverse, offsets: offsets === null ? null : [...offsets] }
}

interface Reached {
  readonly place: Place
  readonly value: number
}

/** Steps of Newton's method by the information matrix, halved until the loss falls. */
function descent(
  loss: (place: Place) => Loss,
  start: Place,
  [least, most]: readonly [number, number],
): Reached {
  let place = start
  let now = loss(place)
  for (let i = 0; i < 30; i++) {
    const step = newtonStep(now)
    const moved = (by: number): Place => ({
      inverse: Math.min(most, Math.max(least, place.inverse + by * (step[0] as number))),
      offsets: place.offsets?.map((b, c) => b + by * (step[c + 1] as number)) ?? null,
    })
    let by = 1
    let next = loss(moved(by))
    while (!(next.value < now.value) && by > 1e-4) {
      by /= 2
      next = loss(moved(by))
    }
    if (!(next.value < now.value)) break
    place = moved(by)
    const gain = now.value - next.value
    now = next
    if (gain < 1e-10) break
  }
  return { place, value: now.value }
}

/** The matrix is scaled to a diagonal of ones before, so that temperatures of any size are alike. */
function newtonStep({ gradient, information }: Loss): Float64Array {
  const size = gradient.length
  const scale = Float64Array.from(
    gradient,
    (_, k) => 1 / Math.sqrt(Math.max(information[k * (size + 1)] as number, 1e-300)),
  )
  const matrix = information.map(
    (v, at) => v * (scale[Math.floor(at / size)] as number) * (scale[at % size] as number),
  )
  // Offsets of all classes at once, and a softmax of zeros and ones, move nothing.
  for (let k = 0; k < size; k++) matrix[k * (size + 1)] = 1 + 1e-9
  const down = gradient.map((g, k) => -g * (scale[k] as number))
  const step = choleskySolve(inDouble(matrix, [size, size]), inDouble(down, [size, 1])).dataSync()
  return Float64Array.from(step, (v: number, k: number) => v * (scale[k] as number))
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
