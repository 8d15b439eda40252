import { type Backend, dotGeneral, reshape, type Tensor, tensorFromData, transpose } from '@ntk/tensor'
import type { Block, Wait } from '@ntk/tiles'
import type { Samples } from '../evaluate/stack.js'
import { dot } from './dot.js'
import type { InputSet } from './input.js'
import { eachNearlyParallel } from './parallel.js'

/**
 * Pairs whose 1 − cos² is below this are multiplied out again in the order of the diagonal terms, by the precision of the
 * product. Only there do its last bits matter, because the angle is their square root; and equal inputs then have exactly
 * the angle 0.
 */
const nearlyParallel = { double: 1e-12, single: 1e-4 } as const

type Floats = Float64Array | Float32Array

/** Rows [atA, atA + m) of one matrix [., channels] against [atB, atB + n) of another. */
interface Product {
  readonly a: InputSet
  readonly atA: number
  readonly m: number
  readonly b: InputSet
  readonly atB: number
  readonly n: number
}

function rows(set: InputSet, at: number, count: number, backend: Backend): Tensor {
  const part = set.data.subarray(at * set.channels, (at + count) * set.channels)
  const whole = backend.dtypes.includes('float64') ? part : Float32Array.from(part)
  return tensorFromData(whole, [count, set.channels], backend)
}

/** x·x' over `divisor` of every pair of rows, [m · n]: one matrix product, then a careful pass over what it left in the cache. */
async function multiply(p: Product, divisor: number, backend: Backend, wait: Wait): Promise<Floats> {
  const { a, atA, m, b, atB, n } = p
  const left = rows(a, atA, m, backend)
  // A backend computes one triangle of a matrix against itself.
  const right = a === b && atA === atB && m === n ? left : rows(b, atB, n, backend)
  const product = dotGeneral(left, right, { lhsContract: [1], rhsContract: [1] })
  // Nobody else sees this product, so its numbers may be replaced where they are.
  const q = (await wait(product.data())) as Floats
  if (divisor !== 1) for (let i = 0; i < q.length; i++) q[i] = (q[i] as number) / divisor
  multiplyParallel(p, divisor, q)
  return q
}

/** Multiplies nearly parallel pairs out again. */
function multiplyParallel(p: Product, divisor: number, q: Floats): void {
  const limit = q instanceof Float64Array ? nearlyParallel.double : nearlyParallel.single
  eachParallelProduct(p, limit, (at, product) => {
    q[at] = product / divisor
  })
}

/** Calls f with the place, i · n + j, and the product of every nearly parallel pair, multiplied out in the order of the diagonal terms. */
function eachParallelProduct(p: Product, limit: number, f: (at: number, product: number) => void): void {
  const { a, atA, b, atB, n } = p
  const { channels } = a
  eachNearlyParallel(p, Math.sqrt(limit), (i, j) => {
    const same = a === b && atA + i === atB + j
    const product = same
      ? (a.square[atA + i] as number)
      : dot(a.data, (atA + i) * channels, b.data, (atB + j) * channels, channels)
    const bound = (a.square[atA + i] as number) * (b.square[atB + j] as number) * (1 - limit)
    if (product * product >= bound) f(i * n + j, product)
  })
}

/** The vectors of a tile of pairs, and the products of those that are nearly parallel. float64. */
export function tileSamples(
  x1: InputSet,
  rows1: Block,
  x2: InputSet,
  rows2: Block,
  backend: Backend,
): Samples {
  const m = rows1.stop - rows1.start
  const n = rows2.stop - rows2.start
  const at: number[] = []
  const values: number[] = []
  const pairs = { a: x1, atA: rows1.start, m, b: x2, atB: rows2.start, n }
  eachParallelProduct(pairs, nearlyParallel.double, (place, product) => {
    at.push(place)
    values.push(product)
  })
  return {
    x1: rows(x1, rows1.start, m, backend),
    x2: rows(x2, rows2.start, n, backend),
    known: { at: Int32Array.from(at), values: Float64Array.from(values) },
  }
}

/** Space of the inputs without batch and channels. */
function spaceOf(set: InputSet): readonly number[] {
  return set.shape.slice(1, -1)
}

/** x·x' of a tile of pairs of vectors, [m, n], not divided by the channels. */
export async function productTile(
  x1: InputSet,
  rows1: Block,
  x2: InputSet,
  rows2: Block,
  backend: Backend,
  wait: Wait,
): Promise<Tensor> {
  const m = rows1.stop - rows1.start
  const n = rows2.stop - rows2.start
  const q = await wait(multiply({ a: x1, atA: rows1.start, m, b: x2, atB: rows2.start, n }, 1, backend, wait))
  return tensorFromData(q, [m, n], backend)
}

/** K of a tile of pairs as the Kernel record has it: [m, n], [m, n, h, w] or [m, n, h, h', w, w']. */
export async function gramTile(
  x1: InputSet,
  rows1: Block,
  x2: InputSet,
  rows2: Block,
  backend: Backend,
  wait: Wait,
): Promise<Tensor> {
  const m = rows1.stop - rows1.start
  const n = rows2.stop - rows2.start
  if (x1.layout === 'full') {
    const [p1, p2] = [x1.positions, x2.positions]
    const product = { a: x1, atA: rows1.start * p1, m: m * p1, b: x2, atB: rows2.start * p2, n: n * p2 }
    const q = await wait(multiply(product, x1.channels, backend, wait))
    return interleave(tensorFromData(q, [m, ...spaceOf(x1), n, ...spaceOf(x2)], backend), 1)
  }
  const each = (p: number): Promise<Floats> =>
    multiply(
      { a: x1, atA: p * x1.n + rows1.start, m, b: x2, atB: p * x2.n + rows2.start, n },
      x1.channels,
      backend,
      wait,
    )
  if (x1.positions === 1) return tensorFromData(await wait(each(0)), [m, n, ...spaceOf(x1)], backend)
  const out = new Float64Array(x1.positions * m * n)
  for (let p = 0; p < x1.positions; p++) out.set(await wait(each(p)), p * m * n)
  return spaceLast(upload(out, [...spaceOf(x1), m, n], backend), 2)
}

/** K of each sample of a block with itself: [m], [m, h, w] or [m, h, h', w, w']. */
export async function selfCovariance(
  x: InputSet,
  block: Block,
  backend: Backend,
  wait: Wait,
): Promise<Tensor> {
  const m = block.stop - block.start
  const { positions: p, n, variance } = x
  if (x.layout === 'full') {
    const out = new Float64Array(m * p * p)
    for (let i = 0; i < m; i++) {
      const at = (block.start + i) * p
      const own = { a: x, atA: at, m: p, b: x, atB: at, n: p }
      out.set(await wait(multiply(own, x.channels, backend, wait)), i * p * p)
    }
    return interleave(upload(out, [m, ...spaceOf(x), ...spaceOf(x)], backend), 0)
  }
  const out = new Float64Array(p * m)
  for (let k = 0; k < p; k++) out.set(variance.subarray(k * n + block.start, k * n + block.stop), k * m)
  return spaceLast(upload(out, [...spaceOf(x), m], backend), 1)
}

function upload(data: Float64Array, shape: readonly number[], backend: Backend): Tensor {
  const held = backend.dtypes.includes('float64') ? data : Float32Array.from(data)
  return tensorFromData(held, shape, backend)
}

/** [space..., samples...] to [samples..., space...]. */
function spaceLast(x: Tensor, samples: number): Tensor {
  const space = x.shape.length - samples
  if (space === 0) return x
  return transpose(x, [
    ...Array.from({ length: samples }, (_, i) => space + i),
    ...Array.from({ length: space }, (_, i) => i),
  ])
}

/** [m, h, w, (n,) h', w'] to [m, (n,) h, h', w, w']; `between` counts the sample axes between the two spaces. */
function interleave(x: Tensor, between: 0 | 1): Tensor {
  const space = (x.shape.length - 1 - between) / 2
  const perm = [0, ...(between === 1 ? [1 + space] : [])]
  for (let i = 0; i < space; i++) perm.push(1 + i, 1 + space + between + i)
  return transpose(reshape(x, x.shape), perm)
}
