import type { Aval } from '../aval.js'
import type { DType } from '../dtype.js'
import { NtkError } from '../errors.js'
import type { ReduceParams } from '../primitives.js'
import { normalizeAxes, normalizeAxis, type Shape, showShape } from '../shape.js'
import { type InferTable, needDType, numbers } from './rule.js'

const reduce =
  (allowed: readonly DType[], needsElements: boolean) =>
  ([x]: readonly [Aval], { axes }: { readonly axes: Shape }, name: string): [Aval] => {
    needDType(name, x, allowed)
    const gone = normalizeAxes(name, axes, x.shape.length)
    if (needsElements && gone.some((a) => x.shape[a] === 0)) {
      throw new NtkError('shape', {
        what: `${name} needs at least one element along its axes.`,
        got: showShape(x.shape),
      })
    }
    return [{ shape: x.shape.filter((_, i) => !gone.includes(i)), dtype: x.dtype }]
  }

const along =
  (kind: 'same' | 'index' | 'arg', allowed: readonly DType[] = numbers) =>
  ([x]: readonly [Aval], { axis }: { readonly axis: number }, name: string): [Aval] => {
    needDType(name, x, allowed)
    const a = normalizeAxis(name, axis, x.shape.length)
    if (kind === 'arg' && x.shape[a] === 0) {
      throw new NtkError('shape', {
        what: `${name} needs at least one element along its axis.`,
        got: showShape(x.shape),
      })
    }
    const shape = kind === 'arg' ? x.shape.filter((_, i) => i !== a) : x.shape
    return [{ shape, dtype: kind === 'same' ? x.dtype : 'int32' }]
  }

export const reductions: InferTable<keyof ReduceParams> = {
  reduceSum: reduce(numbers, false),
  reduceProd: reduce(numbers, false),
  reduceMax: reduce(numbers, true),
  reduceMin: reduce(numbers, true),
  reduceAnd: reduce(['bool'], false),
  reduceOr: reduce(['bool'], false),
  argMax: along('arg'),
  argMin: along('arg'),
  cumSum: along('same'),
  sort: along('same'),
  argSort: along('index'),
}
