import {
  div,
  dotGeneral,
  mul,
  NtkError,
  sameShape,
  showShape,
  sum,
  transpose,
  type Value,
  zerosLike,
} from '@ntk/tensor'
import { boolean, type RulesFor, readOptions, requireValue } from '@ntk/tensor/options'
import type { Kernel } from '../kernel.js'
import type { Masks } from '../places.js'
import { deficitOfData } from '../steps/deficit-in-space.js'
import { pairDiagonal } from '../steps/spread.js'
import { type MaskedInput, maskConstantRule, maskInput } from './masked-input.js'

export interface InputKernelOptions {
  /** Covariances of equal positions only; false: of all pairs of positions. */
  readonly diagonalSpatial?: boolean | undefined
  /** Whether Θ is wanted: it starts at 0. */
  readonly ntk?: boolean | undefined
  /** Entries equal to it, which may be NaN, are padding: see `kernelOf`. */
  readonly maskConstant?: number | undefined
}

const rules = {
  diagonalSpatial: boolean(true),
  ntk: boolean(true),
  maskConstant: maskConstantRule(),
} satisfies RulesFor<InputKernelOptions>

/**
 * The kernel of the data themselves, K = x·x'/C with C channels and Θ = 0, by plain ops: differentiable in x, in one piece.
 * x1 [n1, spatial..., C], x2 likewise or null for x1. `kernelFn` does this by tiles and with more care for nearly equal inputs.
 */
export function inputKernel(x1: Value, x2: Value | null = null, options?: InputKernelOptions): Kernel {
  requireValue(x1, 'x1 of inputKernel')
  const other = x2 ?? x1
  requireValue(other, 'x2 of inputKernel')
  if (x1.shape.length < 2 || !sameShape(x1.shape.slice(1), other.shape.slice(1))) {
    throw new NtkError('shape', {
      what: 'A kernel needs inputs [n, spatial..., channels] alike but for n.',
      got: `${showShape(x1.shape)} and ${showShape(other.shape)}`,
    })
  }
  const { diagonalSpatial, ntk, maskConstant } = readOptions('inputKernel', rules, options)
  if (maskConstant === undefined) return kernelOfData(x1, x2, diagonalSpatial, ntk)
  const [first, second] = [maskInput(x1, maskConstant), x2 === null ? null : maskInput(x2, maskConstant)]
  return {
    ...kernelOfData(first.x, second?.x ?? null, diagonalSpatial, ntk),
    masks: masksOf(first, second),
  }
}

function masksOf(first: MaskedInput, second: MaskedInput | null): Masks {
  return {
    of1: first.mask,
    of2: second?.mask ?? null,
    partial: first.partial || (second?.partial ?? false),
  }
}

function kernelOfData(x1: Value, x2: Value | null, diagonalSpatial: boolean, ntk: boolean): Kernel {
  const other = x2 ?? x1
  const rank = x1.shape.length - 2
  const full = !diagonalSpatial && rank > 0
  const nngp = full ? allPositions(x1, other) : equalPositions(x1, other, rank)
  const own = (x: Value): Value => {
    if (full) return positionsOfOne(x)
    return div(sum(mul(x, x), { axis: -1 }), x.shape.at(-1) as number)
  }
  const kernel: Kernel = {
    nngp,
    ntk: ntk ? zerosLike(nngp) : null,
    // Of samples with themselves the diagonal terms are the diagonal, to the bit.
    cov1: x2 === null ? pairDiagonal(nngp, 0) : own(x1),
    cov2: x2 === null ? null : own(x2),
    isGaussian: false,
    x1IsX2: x2 === null,
    diagonalBatch: true,
    diagonalSpatial: !full,
    shape1: x1.shape,
    shape2: other.shape,
    batchAxis: 0,
    channelAxis: x1.shape.length - 1,
  }
  return rank === 0 ? kernel : { ...kernel, deficit: deficitOfData(x1, other, kernel) }
}

/** [n1, n2, h, w]. */
function equalPositions(a: Value, b: Value, rank: number): Value {
  const space = Array.from({ length: rank }, (_, i) => i + 1)
  const product = dotGeneral(a, b, { lhsContract: [-1], rhsContract: [-1], lhsBatch: space, rhsBatch: space })
  return div(transpose(product, [rank, rank + 1, ...space.map((i) => i - 1)]), a.shape.at(-1) as number)
}

/** [n1, n2, h, h', w, w']. */
function allPositions(a: Value, b: Value): Value {
  const rank = a.shape.length - 2
  const product = dotGeneral(a, b, { lhsContract: [-1], rhsContract: [-1] })
  const pairs = Array.from({ length: rank }, (_, i) => [1 + i, 2 + rank + i]).flat()
  return div(transpose(product, [0, 1 + rank, ...pairs]), a.shape.at(-1) as number)
}

/** [n, h, h', w, w']. */
function positionsOfOne(x: Value): Value {
  const rank = x.shape.length - 2
  const product = dotGeneral(x, x, { lhsContract: [-1], rhsContract: [-1], lhsBatch: [0], rhsBatch: [0] })
  const pairs = Array.from({ length: rank }, (_, i) => [1 + i, 1 + rank + i]).flat()
  return div(transpose(product, [0, ...pairs]), x.shape.at(-1) as number)
}
