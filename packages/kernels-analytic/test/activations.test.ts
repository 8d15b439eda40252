/** Every activation of the table that has a dual, against what its own finite function says. */
import { jvp } from '@ntk/autodiff'
import { onesLike, reshape, type Tensor, tensor, type Value } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { type AnyActivation, activations, type Dual, examplesOf } from '../src/index.js'

interface Filled {
  readonly record: AnyActivation
  readonly dual: Dual<never>
  readonly options: never
}

const table = Object.values<AnyActivation>(activations).flatMap((record) =>
  examplesOf(record).flatMap((example): [string, Filled][] => {
    if (record.dual === null) return []
    const options = example as never
    return [[`${record.name} ${JSON.stringify(options)}`, { record, dual: record.dual, options }]]
  }),
)

type Pair = readonly [q: number, q11: number, q22: number]

/** Covariances q, q11, q22 of pairs: far apart, close, opposite, of unlike sizes, uncorrelated. */
const pairs: readonly Pair[] = [
  [0.3, 1, 1],
  [-0.8, 1, 1],
  [0.02, 0.5, 0.01],
  [1.1, 20, 0.07],
  [0.999999, 1, 1],
  [-0.999999, 1, 1],
  [0, 2, 3],
]

const column = (at: 0 | 1 | 2): Tensor => tensor(pairs.map((pair) => pair[at]))
const [q, q11, q22] = [column(0), column(1), column(2)]
const numbers = (x: Value): number[] => Array.from((x as Tensor).dataSync())

/** φ and φ' at points, by its own ops and their derivative. */
function values({ record, options }: Filled, points: Float64Array): readonly [Float64Array, Float64Array] {
  const x = tensor(points)
  const [f, slope] = jvp((v: Value) => record.apply(v, options), [x], [onesLike(x)]) as [Tensor, Tensor]
  return [f.dataSync() as Float64Array, slope.dataSync() as Float64Array]
}

const h = 1 / 24
const count = 2 * 9 * 24
const nodes = Float64Array.from({ length: count }, (_, i) => -9 + (i + 0.5) * h)
const weights = nodes.map((x) => (h * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI))

/** E[f(u) f(v)] and E[f'(u) f'(v)] by the midpoint rule over the plane; a kink costs h², a jump h. */
function expectations(filled: Filled, [c, v1, v2]: Pair): readonly [t: number, slope: number] {
  const [along, across] = [c / Math.sqrt(v1), Math.sqrt(v2 - (c * c) / v1)]
  const first = values(
    filled,
    nodes.map((x) => Math.sqrt(v1) * x),
  )
  const plane = new Float64Array(count * count)
  plane.forEach((_, k) => {
    plane[k] = along * (nodes[Math.floor(k / count)] as number) + across * (nodes[k % count] as number)
  })
  const second = values(filled, plane)
  const sum = (f: Float64Array, g: Float64Array): number =>
    f.reduce((total, y, i) => {
      let inner = 0
      for (let j = 0; j < count; j++) inner += (weights[j] as number) * (g[i * count + j] as number)
      return total + (weights[i] as number) * y * inner
    }, 0)
  return [sum(first[0], second[0]), sum(first[1], second[1])]
}

describe.each(table)('%s', (_, filled) => {
  const { dual, options, record } = filled
  const t = (c: Value): Value => dual.pair({ q: c, q11, q22 }, options)[0]

  test.runIf(record.kernelOnly !== true).each(pairs.slice(0, 4))(
    'its dual at (%d, %d, %d) is the expectation of its finite function, and its derivative dual that of the slope',
    (...pair) => {
      const [c, v1, v2] = pair.map((v) => tensor([v])) as [Tensor, Tensor, Tensor]
      const [value, slope] = dual.pair({ q: c, q11: v1, q22: v2 }, options)
      const [t, dot] = expectations(filled, pair)
      const size = Math.max(0.1, Math.abs(t))
      const kinks = dual.jumps?.(options) === true ? 0.05 : 2e-3
      expect(Math.abs((numbers(value)[0] as number) - t)).toBeLessThan(kinks * size)
      expect(Math.abs((numbers(slope())[0] as number) - dot)).toBeLessThan(0.03 * Math.max(1, Math.abs(dot)))
    },
  )

  test('its derivative dual is the derivative of its dual, to 1e-11', () => {
    if (dual.jumps?.(options) === true) {
      expect(numbers(dual.pair({ q, q11, q22 }, options)[1]())).toEqual(pairs.map(() => 0))
      return
    }
    const [, derivative] = jvp(t, [q], [onesLike(q)])
    const slope = numbers(dual.pair({ q, q11, q22 }, options)[1]())
    numbers(derivative as Value).forEach((want, i) => {
      expect(Math.abs((slope[i] as number) - want)).toBeLessThan(1e-11 * Math.max(1, Math.abs(want)))
    })
  })

  test('equal inputs have its variance to the bit, and nearly equal ones lose no digits', () => {
    const v = tensor([1e-3, 0.5, 1, 7, 300])
    const own = numbers(dual.variance(v, options))
    expect(numbers(dual.pair({ q: v, q11: v, q22: v }, options)[0])).toEqual(own)
    // The gap of a jump is as a root.
    if (dual.jumps?.(options) === true) return
    const near = tensor(numbers(v).map((x) => x * (1 - 1e-14)))
    const slope = numbers(dual.pair({ q: v, q11: v, q22: v }, options)[1]())
    numbers(dual.pair({ q: near, q11: v, q22: v }, options)[0]).forEach((x, i) => {
      const moved = (slope[i] as number) * (numbers(near)[i] as number) * 1e-14
      expect(Math.abs(x - (own[i] as number))).toBeLessThanOrEqual(
        1e-13 * (own[i] as number) + 2 * Math.abs(moved),
      )
    })
  })

  test('opposite and zero inputs have finite values and derivatives', () => {
    const edge = { q: tensor([-2, 0, 0, 0]), q11: tensor([2, 0, 0, 1]), q22: tensor([2, 0, 3, 1]) }
    const [out, slope] = dual.pair(edge, options)
    const [, derivative] = jvp(
      (c: Value) => dual.pair({ ...edge, q: c }, options)[0],
      [edge.q],
      [onesLike(edge.q)],
    )
    for (const x of [out, slope(), derivative as Value]) {
      for (const v of numbers(x)) expect(Number.isFinite(v)).toBe(true)
    }
    for (const v of numbers(dual.variance(tensor([0]), options))) expect(Number.isFinite(v)).toBe(true)
  })

  test('its mean is that of its finite function', () => {
    const variances = [1e-4, 0.3, 1, 12]
    const mean = dual.mean?.(tensor(variances), options)
    if (mean === undefined) return
    const got = mean === 'zero' ? variances.map(() => 0) : numbers(mean)
    variances.forEach((v, i) => {
      const [f] = values(
        filled,
        nodes.map((x) => Math.sqrt(v) * x),
      )
      const want = f.reduce((total, y, j) => total + y * (weights[j] as number), 0)
      expect(Math.abs((got[i] as number) - want)).toBeLessThan(
        3e-4 * Math.max(1, Math.sqrt(v), Math.abs(want)),
      )
    })
  })

  test('its fused form is its dual', () => {
    const fused = dual.fused?.(options)
    if (fused === undefined) return
    const cell = (x: Tensor, shape: number[]): Tensor => reshape(x, shape)
    for (let i = 0; i < pairs.length; i++) {
      const [c, v1, v2] = pairs[i] as Pair
      const one = {
        q: cell(tensor([c]), [1, 1]),
        q11: cell(tensor([v1]), [1, 1]),
        q22: cell(tensor([v2]), [1, 1]),
      }
      const [value, theta] = fused.pair(one, tensor([[1]]))
      const [want, slope] = dual.pair(one, options)
      expect(numbers(value)[0]).toBeCloseTo(numbers(want)[0] as number, 13)
      expect(numbers(theta as Value)[0]).toBeCloseTo(numbers(slope())[0] as number, 12)
    }
  })
})

test('names of the table are those of the records, and every option that may stand alone exists', () => {
  for (const [name, record] of Object.entries<AnyActivation>(activations)) {
    expect(record.name).toBe(name)
    if (record.argument !== undefined) expect(Object.keys(record.options)).toContain(record.argument)
    for (const option of record.dual?.hyperparameters ?? [])
      expect(Object.keys(record.options)).toContain(option)
  }
})
