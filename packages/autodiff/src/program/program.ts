import type { Aval, DType, Inputs, Outputs, Params, Primitive, Shape, Value } from '@ntk/tensor'
import type { Call } from '../core/call.js'
import type { TreeDef } from '../tree/tree.js'

/** A value that a program computes or is given; `index` is its place in the program's environment. */
export class Var implements Aval {
  readonly value: null = null

  constructor(
    readonly index: number,
    readonly shape: Shape,
    readonly dtype: DType,
  ) {}
}

/** A value that was known when the program was recorded: a Tensor, or a tracer of an outer transformation. */
export class Const implements Aval {
  readonly shape: Shape
  readonly dtype: DType

  constructor(readonly value: Value) {
    this.shape = value.shape
    this.dtype = value.dtype
  }
}

export type Atom = Var | Const

/** One primitive at work. */
export interface PrimitiveEquation<P extends Primitive> {
  readonly primitive: P
  readonly call: null
  readonly inputs: Inputs<P, Atom>
  readonly params: Params<P>
  readonly outputs: Outputs<P, Var>
}

/** One function with rules of its own at work (customJvp, stopGradient, checkpoint). */
export interface CallEquation {
  readonly primitive: null
  readonly call: Call
  readonly inputs: readonly Atom[]
  readonly params: Readonly<Record<string, never>>
  readonly outputs: readonly Var[]
}

export type Equation = { readonly [P in Primitive]: PrimitiveEquation<P> }[Primitive] | CallEquation

/** Equations in order, with flat inputs and outputs. `size` is the length of an environment. */
export interface FlatProgram {
  readonly inputs: readonly Var[]
  readonly equations: readonly Equation[]
  readonly outputs: readonly Atom[]
  readonly size: number
}

/**
 * The derivative of a function at a point as a program that is linear in its inputs; everything it needs of the point
 * stands in it as constants. Inputs of integer dtypes are null, outputs that do not depend on the inputs too.
 */
export interface LinearProgram {
  readonly inputs: readonly (Var | null)[]
  readonly equations: readonly Equation[]
  readonly outputs: readonly (Atom | null)[]
  readonly size: number
}

/** What a function of trees does to its inputs, as a list of equations. Made by `trace`. */
export interface Program extends FlatProgram {
  /** The structure of the list of arguments, and of the result. */
  readonly inTree: TreeDef
  readonly outTree: TreeDef
}

/** The equations that the outputs depend on, in order. */
export function liveEquations(
  equations: readonly Equation[],
  outputs: readonly (Atom | null)[],
  size: number,
): Equation[] {
  const needed = new Uint8Array(size)
  const need = (atom: Atom | null): void => {
    if (atom instanceof Var) needed[atom.index] = 1
  }
  outputs.forEach(need)
  const live: Equation[] = []
  for (let i = equations.length - 1; i >= 0; i--) {
    const equation = equations[i] as Equation
    if (!equation.outputs.some((v) => needed[v.index] === 1)) continue
    equation.inputs.forEach(need)
    live.push(equation)
  }
  return live.reverse()
}
