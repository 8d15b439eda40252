import type { Value } from '@ntk/tensor'
import type { Tangent } from '../core/tangent.js'
import { runTransformation } from '../core/tracer.js'
import { JvpTransformation } from './interpreter.js'

/** Outputs of f and their tangents, of flat values. */
export function jvpFlat(
  f: (xs: Value[]) => readonly Value[],
  primals: readonly Value[],
  tangents: readonly Tangent[],
): { primal: Value; tangent: Tangent }[] {
  return runTransformation(
    (level) => new JvpTransformation(level),
    (jvp) => f(primals.map((x, i) => jvp.wrap(x, tangents[i] ?? null))).map((y) => jvp.unwrap(y)),
  )
}
