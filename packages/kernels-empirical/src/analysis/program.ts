import { type Atom, type Equation, evalProgram, type Program, type TreeDef } from '@ntk/autodiff'
import { bind, type Value } from '@ntk/tensor'

/** Index of a variable; -1 for a constant. */
export const indexOf = (atom: Atom): number => (atom.value === null ? atom.index : -1)

const leaves = (count: number): TreeDef => ({
  kind: 'list',
  items: Array.from({ length: count }, () => ({ kind: 'leaf' }) as const),
})

/** Outputs of one equation at the values of its inputs. */
export function runEquation(equation: Equation, inputs: readonly Value[]): Value[] {
  if (equation.primitive !== null) return bind(equation.primitive, inputs, equation.params)
  // A function with rules of its own runs as a program of this one equation, so that its rules hold.
  const at = new Map(equation.inputs.flatMap((a, i) => (a.value === null ? [[a, i] as const] : [])))
  const program: Program = {
    inputs: [...at.keys()],
    equations: [equation],
    outputs: equation.outputs,
    size: 1 + Math.max(...[...at.keys(), ...equation.outputs].map((v) => v.index)),
    inTree: leaves(at.size),
    outTree: leaves(equation.outputs.length),
  }
  return evalProgram<Value[]>(program, ...[...at.values()].map((i) => inputs[i]))
}
