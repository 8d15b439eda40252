import { NtkError, slice, Tensor, type Value } from '@ntk/tensor'
import { aTensor, orNull, type Rule } from '@ntk/tensor/options'
import type { Block } from '@ntk/tiles'
import type { Patterns } from '../kernel.js'

/** The options of graphs. */
export interface PatternsOfData<V extends Value = Tensor> {
  readonly pattern1?: V | null | undefined
  readonly pattern2?: V | null | undefined
}

export const patternRules: {
  readonly pattern1: Rule<Tensor | null>
  readonly pattern2: Rule<Tensor | null>
} = {
  pattern1: orNull(aTensor(), null),
  pattern2: orNull(aTensor(), null),
}

/** The graphs of both sides; undefined where there are none. Throws NtkError 'option' where x2 is x1 and has another graph. */
export function patternsOf(
  { pattern1 = null, pattern2 = null }: PatternsOfData<Value>,
  same: boolean,
): Patterns | undefined {
  if (pattern1 === null && pattern2 === null) return undefined
  if (!same) return { of1: pattern1, of2: pattern2 }
  if (pattern1 === null || (pattern2 !== null && !equalData(pattern1, pattern2))) {
    throw new NtkError('option', {
      what: 'Of x1 with itself pattern1 is the pattern of both sides.',
      got: pattern1 === null ? 'pattern2 alone' : 'another pattern2',
      fix: 'Leave pattern2 out, or give x1 again as x2.',
    })
  }
  return { of1: pattern1, of2: pattern1 }
}

function equalData(a: Value, b: Value): boolean {
  if (a === b) return true
  const [x, y] = [a, b].map((v) => (Tensor.isInstance(v) ? v.backend.readSync(v) : null))
  return !!x && !!y && a.shape.join() === b.shape.join() && x.every((v, i) => v === y[i])
}

/** Those of one tile. */
export function tilePatterns({ of1, of2 }: Patterns, rows: Block, cols: Block): Patterns {
  const part = (pattern: Value | null, { start, stop }: Block): Value | null =>
    pattern === null ? null : slice(pattern, [start, stop])
  return { of1: part(of1, rows), of2: part(of2, cols) }
}
