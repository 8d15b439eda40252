import { NtkError, normalizeAxis, type Shape, showShape } from '@ntk/tensor'
import { show } from '@ntk/tensor/options'
import type { AxesLayout } from './layout.js'
import type { DotGeneralParts } from './step.js'

/** An axis of what comes out: one of x, or a free one of the operand. */
export type OutAxis = { readonly x: number } | { readonly operand: number }

/** The axes of a product, all counted from 0. */
export interface ProductAxes {
  readonly contract: readonly [x: readonly number[], operand: readonly number[]]
  readonly batch: readonly [x: readonly number[], operand: readonly number[]]
  /** Of the result, in its order: the paired axes of `batch`, then the free ones of the left side and of the right. */
  readonly out: readonly OutAxis[]
}

const rankOf = ({ operand }: DotGeneralParts): number => operand.shape.length

/** The axes of the product with x of a shape (-1: any size). Throws NtkError 'axis' or 'shape' where the two do not fit. */
export function productAxes(parts: DotGeneralParts, shape: Shape): ProductAxes {
  const { operand, side } = parts
  const at = (axes: readonly number[], rank: number): number[] =>
    axes.map((axis) => normalizeAxis('DotGeneral', axis, rank))
  const pair = ([x, r]: DotGeneralParts['contract']): [number[], number[]] => {
    if (x.length !== r.length) {
      throw new NtkError('axis', {
        what: 'DotGeneral needs as many axes of x as of its operand.',
        got: `${show(x)} and ${show(r)}`,
      })
    }
    return [at(x, shape.length), at(r, rankOf(parts))]
  }
  const [contract, batch] = [pair(parts.contract), pair(parts.batch)]
  const used = [0, 1].map((i) => [...(contract[i] as number[]), ...(batch[i] as number[])])
  for (const axes of used) {
    if (new Set(axes).size === axes.length) continue
    throw new NtkError('axis', { what: 'DotGeneral uses an axis once.', got: show(axes) })
  }
  ;[contract, batch].forEach(([xs, rs]) => {
    xs.forEach((x, i) => {
      const [size, other] = [shape[x] as number, operand.shape[rs[i] as number] as number]
      if (size === -1 || size === other) return
      throw new NtkError('shape', {
        what: `DotGeneral needs an operand that is as long as x where they meet: ${size} on axis ${x}.`,
        got: `${other}, of an operand ${showShape(operand.shape)}`,
      })
    })
  })
  const free = (rank: number, i: 0 | 1): number[] =>
    Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !used[i]?.includes(axis))
  const ofX = free(shape.length, 0).map((x): OutAxis => ({ x }))
  const ofOperand = free(rankOf(parts), 1).map((axis): OutAxis => ({ operand: axis }))
  const both = side === 'rhs' ? [...ofX, ...ofOperand] : [...ofOperand, ...ofX]
  return { contract, batch, out: [...batch[0].map((x): OutAxis => ({ x })), ...both] }
}

/** The size of each axis that comes out. */
export const productShape = (parts: DotGeneralParts, shape: Shape): Shape =>
  productAxes(parts, shape).out.map((axis) =>
    'x' in axis ? (shape[axis.x] as number) : (parts.operand.shape[axis.operand] as number),
  )

/** Where samples and channels stand behind the product of values of a layout. Throws NtkError 'requirement' where they are summed over or weighed. */
export function layoutAfter(
  parts: DotGeneralParts,
  shape: Shape,
  { batch, channel }: AxesLayout,
): AxesLayout {
  const axes = productAxes(parts, shape)
  for (const [what, axis] of [
    ['samples', batch],
    ['channels', channel],
  ] as const) {
    if (![...axes.contract[0], ...axes.batch[0]].includes(axis)) continue
    throw new NtkError('requirement', {
      what: `The kernel of DotGeneral takes positions with its operand, and leaves samples and channels as they are.`,
      got: `dimensionNumbers that use axis ${axis}, of ${what}`,
      fix:
        what === 'channels'
          ? 'Weigh channels with a Dense layer.'
          : 'Say with batchAxis where the samples are, or take them together outside of the network.',
    })
  }
  const find = (axis: number): number => axes.out.findIndex((own) => 'x' in own && own.x === axis)
  return { rank: axes.out.length, batch: find(batch), channel: find(channel) }
}
