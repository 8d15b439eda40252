/**
 * The fused kernels of the CPU backend. Their contracts stand in `composites/contracts.ts`, their meaning is the decomposition
 * beside each composite; what stands here computes the same in one pass, or gives null.
 */
import type { BackendBuffer, BackendTensor, CompositeKernel, CompositeKernels } from '../backend.js'
import type {
  CompositeInputs,
  CompositeOutputs,
  DualStackIntoParams,
  DualStep,
} from '../composites/contracts.js'
import type { Donation } from '../donation.js'
import { allocate, allocateDirty, isFloat } from '../dtype.js'
import { broadcastIndices, sameShape, sizeOf } from '../shape.js'
import { isTiny, product } from './contract/product.js'
import type { CpuContext } from './rule.js'
import { arith, linearCombination } from './wasm/arith.js'
import {
  dualAbRelu,
  dualErf,
  dualSeriesList,
  dualStack,
  dualStackInto,
  dualStackVariance,
  type FloatArray,
  type MatrixView,
  productsInRange,
  type Samples,
  spaceKernel,
} from './wasm/index.js'

/** The numbers of a tensor of floats: what buffers of this backend are. */
const dataOf = (t: BackendTensor): FloatArray => t.buffer as FloatArray

const stack: CompositeKernel<'dualStack'> = ([k, v1, v2, before], { steps, ntk: withNtk }, outputs) => {
  if (!productsInRange(steps, dataOf(v1), dataOf(v2))) return null
  const nngp = dataOf(k).slice()
  const start = (): FloatArray =>
    before === undefined ? (allocate(k.dtype, nngp.length) as FloatArray) : dataOf(before).slice()
  const ntk = withNtk ? start() : null
  const own = ntk === null ? [] : [ntk]
  const stops = outputs.slice(1 + own.length).map(() => allocate(k.dtype, nngp.length) as FloatArray)
  dualStack(steps, nngp, dataOf(v1), dataOf(v2), ntk, v1.shape[0] as number, v2.shape[0] as number, stops)
  return [nngp, ...own, ...stops]
}

interface Matrices {
  readonly nngp: FloatArray | null
  readonly ntk: FloatArray | null
  /** The buffers of the outputs. */
  readonly buffers: CompositeOutputs<'dualStackInto', BackendBuffer>
}

/** Takes the matrices from place `first` on; null where they are not given away, or the steps leave the range of float64. */
function takeMatrices(
  first: number,
  [matrix, other]: readonly [BackendTensor, BackendTensor | undefined],
  { steps, names }: DualStackIntoParams,
  variances: readonly BackendTensor[],
  donation: Donation | null,
): Matrices | null {
  const places = other === undefined ? [first] : [first, first + 1]
  if (donation === null || !places.every((place) => donation.offers(place))) return null
  if (!productsInRange(steps, ...variances.map(dataOf))) return null
  for (const place of places) donation.take(place)
  const data = [matrix, other].map((m) => (m === undefined ? null : dataOf(m)))
  const named = (name: 'nngp' | 'ntk'): FloatArray | null =>
    data[names.findIndex((own) => own === name)] ?? null
  return {
    nngp: named('nngp'),
    ntk: named('ntk'),
    buffers: other === undefined ? [matrix.buffer] : [matrix.buffer, other.buffer],
  }
}

/** Only into matrices that are given away: copies of them would cost more than the decomposition saves. */
const stackInto: CompositeKernel<'dualStackInto'> = ([k, v1, v2, matrix, other], params, _, donation) => {
  const into = takeMatrices(3, [matrix, other], params, [v1, v2], donation)
  if (into === null) return null
  const [rows, cols] = k.shape as readonly [number, number]
  const target = { ...params, ...into, ld: matrix.shape[1] as number }
  dualStackInto(params.steps, dataOf(k), dataOf(v1), dataOf(v2), rows, cols, target)
  return into.buffers
}

/** Whether two arrays are one piece of memory. */
const isOne = (a: FloatArray, b: FloatArray): boolean =>
  a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length

/** By the machine's BLAS, which writes the products where the steps want them; without it a product is made on its own. */
const gramInto =
  (context: CpuContext): CompositeKernel<'gramStackInto'> =>
  ([x1, x2, v1, v2, matrix, other], params, _, donation) => {
    const library = context.blas()
    const [a, b] = [dataOf(x1), dataOf(x2)]
    if (library === null || !(a instanceof Float64Array) || !(b instanceof Float64Array)) return null
    const into = takeMatrices(4, [matrix, other], params, [v1, v2], donation)
    if (into === null) return null
    const [rows, features] = x1.shape as readonly [number, number]
    const cols = x2.shape[0] as number
    const { at: places, values } = params.known
    const fill = (memory: Float64Array, at: number, ld: number): void => {
      const k = memory.subarray(at)
      const own = params.symmetric && params.row === params.col && isOne(a, b)
      if (own && !isTiny(rows, rows, features))
        library.dsyrk('lower', false, rows, features, 1, a, features, 0, k, ld)
      else {
        const [left, right] = [a, b].map((data) => ({ data, offset: 0, ld: features }))
        const over = { ...(right as MatrixView), transposed: true }
        product(context, rows, cols, features, left as MatrixView, over, { data: k, offset: 0, ld })
      }
      for (let i = 0; i < places.length; i++) {
        const place = places[i] as number
        const column = place % cols
        k[((place - column) / cols) * ld + column] = values[i] as number
      }
    }
    const target = { ...params, ...into, ld: matrix.shape[1] as number }
    dualStackInto(params.steps, fill, dataOf(v1), dataOf(v2), rows, cols, target)
    return into.buffers
  }

const variance: CompositeKernel<'dualStackVariance'> = ([v], { steps }) => {
  if (!productsInRange(steps, dataOf(v))) return null
  const out = dataOf(v).slice()
  dualStackVariance(steps, out, out.length)
  return [out]
}

type DualName = 'dualAbRelu' | 'dualErf' | 'dualSeries'

type Dual = (
  nngp: FloatArray,
  q11: FloatArray,
  q22: FloatArray,
  ntk: FloatArray | null,
  rows: number,
  cols: number,
) => void

/** q [n1, n2], q11 [n1, 1], q22 [1, n2], and Θ [n1, n2] where wanted; other shapes are decomposed. */
function dual(
  [q, q11, q22, ntk]: CompositeInputs<DualName, BackendTensor>,
  step: DualStep,
  f: Dual,
): CompositeOutputs<DualName, BackendBuffer> | null {
  const [rows, cols] = q.shape
  if (rows === undefined || cols === undefined || q.shape.length !== 2) return null
  if (!sameShape(q11.shape, [rows, 1]) || !sameShape(q22.shape, [1, cols])) return null
  if (ntk !== undefined && !sameShape(ntk.shape, q.shape)) return null
  if (!productsInRange([step], dataOf(q11), dataOf(q22))) return null
  const t = dataOf(q).slice()
  const theta = ntk === undefined ? null : dataOf(ntk).slice()
  f(t, dataOf(q11), dataOf(q22), theta, rows, cols)
  return theta === null ? [t] : [t, theta]
}

/** Of any shapes: pairs of the numbers in q11 and q22, wherever they stand. */
const bySeries: CompositeKernel<'dualSeries'> = (inputs, params, [{ shape }]) => {
  const step = { kind: 'series', ...params } as const
  const inBlock = dual(inputs, step, (...args) => {
    const [nngp, q11, q22, ntk, rows, cols] = args
    dualStack([step], nngp, q11, q22, ntk, rows, cols)
  })
  if (inBlock !== null) return inBlock
  const [q, q11, q22, ntk] = inputs
  if (ntk !== undefined && !sameShape(ntk.shape, shape)) return null
  if (!productsInRange([step], dataOf(q11), dataOf(q22))) return null
  const at = (x: BackendTensor): Int32Array => broadcastIndices(x.shape, shape)
  const spread = (): FloatArray => {
    const t = allocateDirty(q.dtype, sizeOf(shape)) as FloatArray
    at(q).forEach((from, i) => {
      t[i] = dataOf(q)[from] as number
    })
    return t
  }
  const t = sameShape(q.shape, shape) ? dataOf(q).slice() : spread()
  const theta = ntk === undefined ? null : dataOf(ntk).slice()
  dualSeriesList(params, t, dataOf(q11), at(q11), dataOf(q22), at(q22), theta)
  return theta === null ? [t] : [t, theta]
}

const imagesOf = ({ buffer, shape }: BackendTensor): Samples => ({
  x: buffer as Float64Array,
  n: shape[0] as number,
  space: shape.slice(1, -1),
  channels: shape.at(-1) as number,
})

/** In float64, of numbers that there are. */
const isFused = (x: BackendTensor): boolean => x.dtype === 'float64' && dataOf(x).length > 0

const inSpace =
  (context: CpuContext): CompositeKernel<'spaceKernel'> =>
  ([x1, x2], params) => {
    if (!isFused(x1) || !isFused(x2)) return null
    const a = imagesOf(x1)
    const result = spaceKernel(
      a,
      params.symmetric ? a : imagesOf(x2),
      params,
      params.symmetric ? 'lower' : 'all',
      (...args) => product(context, ...args),
    )
    if (result === null) return null
    return result.ntk === null ? [result.nngp] : [result.nngp, result.ntk]
  }

const ownInSpace =
  (context: CpuContext): CompositeKernel<'spaceVariance'> =>
  ([x], params) => {
    if (!isFused(x)) return null
    const a = imagesOf(x)
    const result = spaceKernel(a, a, { ...params, ntk: false }, 'own', (...args) => product(context, ...args))
    return result === null ? null : [result.nngp]
  }

/** Over the first value that is given away, where there is one. */
const combination: CompositeKernel<'linearCombination'> = (values, { weights }, [sum], donation) => {
  if (!isFloat(sum.dtype)) return null
  const data = values.map(dataOf)
  const given = data.find((_, place) => donation?.take(place) === true)
  const out = given ?? (allocateDirty(sum.dtype, dataOf(values[0]).length) as FloatArray)
  linearCombination(weights, data, out, out.length)
  return [out]
}

/** Of equal shapes, or one of them a number; other shapes are decomposed. */
const share: CompositeKernel<'shareOfLarger'> = ([a, b]) => {
  const whole = a.shape.length === 0 ? b : a
  const fits = (x: BackendTensor): boolean => x.shape.length === 0 || sameShape(x.shape, whole.shape)
  if (!fits(a) || !fits(b)) return null
  const n = dataOf(whole).length
  const step = (x: BackendTensor): number => (x.shape.length === 0 ? 0 : 1)
  const out = allocateDirty(whole.dtype, n) as FloatArray
  arith('shareOfLarger', dataOf(a), 0, step(a), dataOf(b), 0, step(b), out, 0, n)
  return [out]
}

/** The fused kernels of a backend with this BLAS. */
export const cpuComposites = (context: CpuContext): CompositeKernels => ({
  dualStack: stack,
  dualStackInto: stackInto,
  gramStackInto: gramInto(context),
  dualStackVariance: variance,
  spaceKernel: inSpace(context),
  spaceVariance: ownInSpace(context),
  linearCombination: combination,
  shareOfLarger: share,
  dualAbRelu: (inputs, { a, b }) =>
    dual(inputs, { kind: 'abRelu', a, b }, (...args) => dualAbRelu(a, b, ...args)),
  dualErf: (inputs, params) =>
    dual(inputs, { kind: 'erf', ...params }, (...args) => dualErf(params, ...args)),
  dualSeries: bySeries,
})
