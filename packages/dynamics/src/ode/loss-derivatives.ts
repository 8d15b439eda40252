import { evalProgram, grad, jvp, trace, vmap } from '@ntk/autodiff'
import {
  cpuBackend,
  isFloat,
  NtkError,
  type Shape,
  showShape,
  sizeOf,
  Tensor,
  tensorFromData,
} from '@ntk/tensor'
import { show } from '@ntk/tensor/options'
import type { LossFn } from '../steps/loss.js'
import type { OutputOrder } from './outputs.js'

/** Second derivatives of a loss at a point, of outputs [n, k]. */
export interface Hessian {
  /** Whether the loss is a sum over samples, so that `blocks` is all there is. */
  readonly separable: boolean
  /** By sample [n, k, k]; where the loss is no sum over samples, sums of rows over all samples. */
  readonly blocks: Float64Array
  /** Times a vector [n, k]. */
  times(v: Float64Array): Float64Array
}

/** A loss as a function of outputs alone, in the order of the kernel [n, k], with derivatives. */
export interface LossDerivatives {
  readonly samples: number
  /** k. */
  readonly outputs: number
  gradient(f: Float64Array): Float64Array
  hessian(f: Float64Array): Hessian
}

/**
 * Derivatives of a loss by autodiff, traced once; of outputs of a shape [n, ...] that training begins with as `start`. Throws NtkError 'value' or 'shape' where the loss gives no
 * scalar, 'not-finite' where it is not finite at the start.
 */
export function lossDerivatives(
  loss: LossFn,
  labels: Tensor,
  start: Float64Array,
  shape: Shape,
  order: OutputOrder,
): LossDerivatives {
  const tensorOf = (x: Float64Array): Tensor => tensorFromData(order.toOutputs(x), shape, cpuBackend())
  requireScalar(loss(tensorOf(start), labels))
  const slope = grad((f: Tensor) => loss(f, labels))
  const product = (f: Tensor, v: Tensor): Tensor => jvp(slope, [f], [v])[1]
  const [n, k] = [shape[0] as number, sizeOf(shape.slice(1))]
  const size = n * k
  const columns = Math.max(1, Math.min(k + 1, Math.floor(most / size)))
  const aval = { shape, dtype: 'float64' } as const
  const several = { shape: [columns, ...shape], dtype: 'float64' } as const
  const gradientOf = trace(slope, aval)
  const productOf = trace(product, aval, aval)
  const productsOf = trace(vmap(product, { inAxes: [null, 0] }), aval, several)
  const numbers = (x: Tensor): Float64Array => order.toKernel(Float64Array.from(x.dataSync()))
  /** Times each row of v [count, n, k]. */
  const products = (f: Tensor, v: Float64Array): Float64Array => {
    const out = new Float64Array(v.length)
    const some = new Float64Array(columns * size)
    for (let from = 0; from < v.length; from += some.length) {
      const given = v.subarray(from, from + some.length)
      some.fill(0).set(given)
      const directions = tensorFromData(order.toOutputs(some), several.shape, cpuBackend())
      out.set(numbers(evalProgram<Tensor>(productsOf, f, directions)).subarray(0, given.length), from)
    }
    return out
  }
  const directions = directionsOf(n, k)
  const probe = directions.subarray(k * size)
  return {
    samples: n,
    outputs: k,
    gradient: (f) => numbers(evalProgram<Tensor>(gradientOf, tensorOf(f))),
    hessian(f) {
      const outputs = tensorOf(f)
      const times = (v: Float64Array): Float64Array =>
        numbers(evalProgram<Tensor>(productOf, outputs, tensorOf(v)))
      const found = products(outputs, directions)
      const blocks = blocksOf(found, n, k)
      const byBlocks = (v: Float64Array): Float64Array => blocksTimes(blocks, v, k)
      const separable = agree(found.subarray(k * size), byBlocks(probe))
      return { separable, blocks, times: separable ? byBlocks : times }
    },
  }
}

/** Numbers in all directions that are asked for at once. */
const most = 2e6

/** One output of every sample at once, for each output, and a direction without a pattern: [k + 1, n, k]. */
function directionsOf(n: number, k: number): Float64Array {
  const size = n * k
  const out = new Float64Array((k + 1) * size)
  for (let i = 0; i < size; i++) {
    out[(i % k) * size + i] = 1
    // in [1, 2), by the multiples of the golden ratio
    out[k * size + i] = 1 + (((i + 1) * 0.6180339887498949) % 1)
  }
  return out
}

function requireScalar(value: unknown): void {
  if (!Tensor.isInstance(value)) {
    throw new NtkError('value', {
      what: 'The loss of gradientDescent needs to give a tensor.',
      got: show(value),
      fix: 'Write it in ops of @ntk/tensor, for example (f, y) => mean(square(sub(f, y))).',
    })
  }
  if (value.shape.length > 0 || !isFloat(value.dtype)) {
    throw new NtkError('shape', {
      what: 'The loss of gradientDescent needs to give one float number.',
      got: `${value.dtype} ${showShape(value.shape)}`,
      fix: 'Take the mean or the sum over samples and outputs.',
    })
  }
  if (!Number.isFinite(value.item())) {
    throw new NtkError('not-finite', {
      what: 'The loss is no finite number at the outputs that training starts from.',
      got: String(value.item()),
      fix: 'Look at the labels, and at fTrain0.',
    })
  }
}

/** Blocks [n, k, k] from the columns of each [k, n, k]. */
function blocksOf(columns: Float64Array, n: number, k: number): Float64Array {
  const blocks = new Float64Array(n * k * k)
  for (let c = 0; c < k; c++) {
    for (let row = 0; row < n * k; row++) blocks[row * k + c] = columns[c * n * k + row] as number
  }
  return blocks
}

function blocksTimes(blocks: Float64Array, v: Float64Array, k: number): Float64Array {
  return v.map((_, row) => {
    const first = row - (row % k)
    let total = 0
    for (let c = 0; c < k; c++) total += (blocks[row * k + c] as number) * (v[first + c] as number)
    return total
  })
}

/** Whether two products of second derivatives are one, but for rounding. */
function agree(a: Float64Array, b: Float64Array): boolean {
  let [apart, size] = [0, 0]
  a.forEach((v, i) => {
    apart = Math.max(apart, Math.abs(v - (b[i] as number)))
    size = Math.max(size, Math.abs(v))
  })
  return apart <= 1e-10 * size
}
