import { mapInputs } from '../arity.js'
import type { Backend } from '../backend.js'
import type { DType, TypedArray } from '../dtype.js'
import { infer } from '../infer/index.js'
import type { InputArity, Params, Primitive } from '../primitives.js'
import { evaluateReference } from '../reference/index.js'
import { showShape, sizeOf } from '../shape.js'
import type { Case, Closeness } from './case.js'
import { fillOperand, generator } from './values.js'

/**
 * Largest differences allowed. `element`: relative to the element (some ulp of a transcendental function); `sum`: to the
 * largest element of the result; `factor`: the same, for factorizations of well-conditioned matrices.
 */
export interface Tolerance {
  readonly element: number
  readonly sum: number
  readonly factor: number
}

export const tolerances: Readonly<Record<'float64' | 'float32', Tolerance>> = {
  float64: { element: 1e-15, sum: 2e-14, factor: 1e-11 },
  float32: { element: 2.5e-7, sum: 4e-6, factor: 2e-4 },
}

/** A failed case; the message names the element. */
class Mismatch extends Error {}

function allowed(
  closeness: Closeness,
  dtype: DType,
  tolerance: Readonly<Record<'float64' | 'float32', Tolerance>>,
): number {
  return closeness === 'exact' || (dtype !== 'float64' && dtype !== 'float32')
    ? 0
    : tolerance[dtype][closeness]
}

function largest(values: TypedArray): number {
  let top = 0
  for (const v of values) if (Number.isFinite(v)) top = Math.max(top, Math.abs(v))
  return top
}

export interface Comparison {
  readonly closeness: Closeness
  readonly dtype: DType
  readonly tolerance: Readonly<Record<'float64' | 'float32', Tolerance>>
  /** Whether −0 and 0 differ in results that must be exact. */
  readonly signedZeros: boolean
}

/** Throws unless `got` agrees with `expected`. Infinities and NaN must stand where they are expected. */
export function compare(
  got: TypedArray,
  expected: TypedArray,
  { closeness, dtype, tolerance, signedZeros }: Comparison,
): void {
  if (got.constructor !== expected.constructor || got.length !== expected.length) {
    throw new Mismatch(
      `a ${expected.constructor.name} of ${expected.length} was expected, not a ${got.constructor.name} of ${got.length}`,
    )
  }
  // devices may flush what is below the smallest normal number
  const subnormal = dtype === 'float32' ? 2 ** -126 : 2 ** -1022
  const tol = allowed(closeness, dtype, tolerance)
  const scale = closeness === 'sum' || closeness === 'factor' ? largest(expected) : 0
  for (let i = 0; i < got.length; i++) {
    const [g, e] = [got[i] as number, expected[i] as number]
    if (Object.is(g, e) || (g === e && (closeness !== 'exact' || !signedZeros))) continue
    const near = Math.abs(g - e) <= Math.max(tol * Math.max(scale, Math.abs(e)), subnormal)
    if (tol === 0 || !near)
      throw new Mismatch(
        `element ${i} is ${Object.is(g, -0) ? '-0' : g}, expected ${Object.is(e, -0) ? '-0' : e}`,
      )
  }
}

/** The same data for a case everywhere, whatever the order of the suite. */
function seedOf(text: string): number {
  let h = 2166136261
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619)
  return h
}

export interface CaseOptions {
  readonly tolerance: Readonly<Record<'float64' | 'float32', Tolerance>>
  readonly signedZeros: boolean
}

/** Runs one case on a backend and holds it against the reference evaluator. */
export async function runCase<P extends Primitive>(
  backend: Backend,
  primitive: P,
  c: Case<InputArity<P>, Params<P>>,
  dtype: DType,
  closeness: Closeness,
  name: string,
  options: CaseOptions,
): Promise<void> {
  const next = generator(seedOf(name))
  const host = mapInputs(c.inputs, (operand) => {
    const own = operand.dtype ?? dtype
    return { data: fillOperand(operand, own, next), shape: operand.shape, dtype: own }
  })
  const outputs = infer(primitive, host, c.params)
  const expected = evaluateReference(primitive, host, c.params, outputs)
  const kept = host.map((h) => h.data.slice())
  const tensors = mapInputs(host, (h) => ({
    buffer: backend.upload(h.data.slice(), h.shape, h.dtype),
    shape: h.shape,
    dtype: h.dtype,
  }))
  const buffers = backend.run(primitive, tensors, c.params, outputs)
  if (buffers.length !== outputs.length)
    throw new Mismatch(`${buffers.length} outputs, expected ${outputs.length}`)
  for (const [i, o] of outputs.entries()) {
    const got = await backend.read({ buffer: buffers[i] as object, shape: o.shape, dtype: o.dtype })
    if (got.length !== sizeOf(o.shape)) {
      throw new Mismatch(`output ${i} of shape ${showShape(o.shape)} has ${got.length} elements`)
    }
    compare(got, expected[i] as TypedArray, { closeness, dtype: o.dtype, ...options })
  }
  for (const [i, t] of tensors.entries()) {
    const still = await backend.read(t)
    compare(still, kept[i] as TypedArray, {
      closeness: 'exact',
      dtype: t.dtype,
      ...options,
      signedZeros: true,
    })
  }
  for (const b of new Set([...buffers, ...tensors.map((t) => t.buffer)])) backend.free(b)
}
