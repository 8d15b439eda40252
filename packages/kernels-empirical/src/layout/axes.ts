import { NtkError, normalizeAxis, type Shape, showShape, sizeOf, stridesOf } from '@ntk/tensor'

export interface AxesOptions {
  /** Output axes summed over on both sides and divided by their size; negative from the end. */
  readonly traceAxes?: readonly number[] | undefined
  /** Output axes on which both sides are equal, kept once; negative from the end. */
  readonly diagonalAxes?: readonly number[] | undefined
}

/**
 * How outputs [n, k...] become axes of a kernel. Entries of one sample's output are numbered anew, (diagonal, trace,
 * free) with free fastest, so that contractions over them are plain matrix products.
 */
export interface OutputLayout {
  /** k...: the output without its sample axis. */
  readonly shape: Shape
  readonly role: readonly ('diagonal' | 'trace' | 'free')[]
  readonly diagonal: number
  readonly trace: number
  readonly free: number
  /** Place in row-major k... of each renumbered entry. */
  readonly order: Int32Array
}

const sizeAt = (shape: Shape, axes: readonly number[]): number => sizeOf(axes.map((a) => shape[a] as number))

/** Row-major offsets of all indices over some axes, the last axis fastest. */
export function offsetsOf(shape: Shape, strides: Shape): Int32Array {
  let offsets = [0]
  shape.forEach((size, axis) => {
    const step = strides[axis] as number
    offsets = offsets.flatMap((o) => Array.from({ length: size }, (_, i) => o + i * step))
  })
  return Int32Array.from(offsets)
}

/** Throws 'axis' where an axis does not exist, is the sample axis, or is named twice. */
export function outputLayout(
  output: Shape,
  { traceAxes = [], diagonalAxes = [] }: AxesOptions,
): OutputLayout {
  const shape = output.slice(1)
  const role = shape.map((): 'diagonal' | 'trace' | 'free' => 'free')
  const mark = (option: string, axes: readonly number[], what: 'diagonal' | 'trace'): void => {
    for (const axis of axes) {
      const at = normalizeAxis(option, axis, output.length)
      if (at === 0) {
        throw new NtkError('axis', {
          what: `${option} names axes of the output ${showShape(output)} other than its sample axis 0.`,
          got: String(axis),
        })
      }
      if (role[at - 1] !== 'free') {
        throw new NtkError('axis', {
          what: 'traceAxes and diagonalAxes name each output axis at most once.',
          got: `axis ${axis} of ${showShape(output)} twice`,
        })
      }
      role[at - 1] = what
    }
  }
  mark('traceAxes', traceAxes, 'trace')
  mark('diagonalAxes', diagonalAxes, 'diagonal')
  const of = (what: string): number[] => role.flatMap((r, i) => (r === what ? [i] : []))
  const sorted = [...of('diagonal'), ...of('trace'), ...of('free')]
  const strides = stridesOf(shape)
  return {
    shape,
    role,
    diagonal: sizeAt(shape, of('diagonal')),
    trace: sizeAt(shape, of('trace')),
    free: sizeAt(shape, of('free')),
    order: offsetsOf(
      sorted.map((a) => shape[a] as number),
      sorted.map((a) => strides[a] as number),
    ),
  }
}

/** [n1, n2, then for each output axis k, k' if free, k once if diagonal, nothing if traced]. */
export function kernelShape({ shape, role }: OutputLayout, n1: number, n2: number): number[] {
  return [
    n1,
    n2,
    ...shape.flatMap((k, i) => (role[i] === 'free' ? [k, k] : role[i] === 'diagonal' ? [k] : [])),
  ]
}
