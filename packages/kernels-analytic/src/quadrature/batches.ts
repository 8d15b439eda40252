import {
  add,
  broadcastShapes,
  broadcastTo,
  concatenate,
  maximum,
  reshape,
  slice,
  Tensor,
  take,
  tensor,
  type Value,
} from '@ntk/tensor'
import type { Resolution } from './polar.js'

interface Class {
  /** Largest standard deviation, in lengths over which the function changes. */
  readonly most: number
  readonly resolution: Resolution
}

/**
 * Points that are enough for 1e-14 of tanh, softsign, elu and their derivatives with a good margin, by how far inputs reach.
 * A pair's resolution depends on its own variances alone, so that equal pairs have equal numbers in any company.
 */
const classes: readonly Class[] = [
  { most: 1.4, resolution: { angular: 20, radial: 34 } },
  { most: 4, resolution: { angular: 26, radial: 42 } },
  { most: 60, resolution: { angular: 36, radial: 60 } },
  { most: 1e3, resolution: { angular: 48, radial: 84 } },
  { most: 1e5, resolution: { angular: 76, radial: 144 } },
  { most: Infinity, resolution: { angular: 128, radial: 260 } },
]

/** Where values are not at hand: enough for standard deviations up to 1e5. */
const unknown: Resolution = { angular: 76, radial: 144 }

/** Elements of one array of nodes that are worked on at a time: a few such arrays stay in the cache. */
const BLOCK = 1 << 15

function numbersOf(x: Value): ArrayLike<number> | null {
  return Tensor.isInstance(x) ? (x.backend.readSync(x) as ArrayLike<number> | null) : null
}

const indices = (x: readonly number[]): Value => tensor(x, { dtype: 'int32' })

/**
 * f of values that broadcast against each other, elementwise: f sees them as [pairs, 1, 1], in blocks of pairs that need the same
 * resolution, by the larger standard deviation of `variances`.
 */
export function inBatches(
  values: readonly Value[],
  variances: readonly Value[],
  scale: number,
  f: (values: readonly Value[], resolution: Resolution) => Value,
): Value {
  const shape = broadcastShapes('A quadrature', ...values.map((x) => x.shape))
  if (values.some((x) => x.shape.includes(0))) return values.reduce((x, y) => add(x, y))
  const pairs = shape.reduce((a, d) => a * d, 1)
  const flat = values.map((x) => reshape(broadcastTo(x, shape), [pairs, 1, 1]))
  const largest = variances.map((x) => broadcastTo(x, shape)).reduce((x, y) => maximum(x, y))
  const numbers = values.every((x) => Tensor.isInstance(x)) ? numbersOf(largest) : null
  if (numbers === null) return reshape(f(flat, unknown), shape)

  const members = classes.map((): number[] => [])
  for (let i = 0; i < pairs; i++) {
    const size = Math.sqrt(numbers[i] as number) / scale
    const found = classes.findIndex(({ most }) => size <= most)
    members[found === -1 ? classes.length - 1 : found]?.push(i)
  }
  const order = members.flat()
  const inOrder = members.every((list) => list.length === 0 || list.length === pairs)
  const sorted = inOrder ? flat : flat.map((x) => take(x, indices(order)))
  const parts: Value[] = []
  let from = 0
  classes.forEach(({ resolution }, c) => {
    const end = from + (members[c] as readonly number[]).length
    const block = Math.max(1, Math.floor(BLOCK / (resolution.angular * resolution.radial)))
    for (; from < end; from += block) {
      const stop = Math.min(end, from + block)
      const part = sorted.map((x) => slice(x, [from, stop]))
      // A sum over one line alone goes in another order than sums over many.
      const twice = stop - from === 1 ? part.map((x) => concatenate([x, x])) : part
      const values = f(twice, resolution)
      parts.push(stop - from === 1 ? slice(values, [0, 1]) : values)
    }
    from = end
  })
  const whole = parts.length === 1 ? (parts[0] as Value) : concatenate(parts)
  if (inOrder) return reshape(whole, shape)
  const back = new Array<number>(pairs)
  order.forEach((pair, i) => {
    back[pair] = i
  })
  return reshape(take(whole, indices(back)), shape)
}
