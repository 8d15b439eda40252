import { bind, type Value } from '@ntk/tensor'
import { requireParts } from '@ntk/tensor/options'
import { bindCall } from '../core/bind-call.js'
import { Holders } from '../core/holders.js'
import { type Atom, type Equation, type FlatProgram, type LinearProgram, Var } from './program.js'

/** The outputs of one equation at values of its inputs, which are typed as these are: tensors give tensors. */
export function runEquation<V extends Value>(equation: Equation, inputs: readonly V[]): V[] {
  requireParts(equation, 'The equation of runEquation', ['inputs', 'outputs', 'primitive'], 'trace')
  return equation.primitive === null
    ? (bindCall(equation.call, inputs) as V[])
    : bind(equation.primitive, inputs, equation.params)
}

/** For each equation, the variables that no later equation and no output reads. */
export function lastUses({ equations, outputs, size }: Omit<LinearProgram, 'inputs'>): Var[][] {
  const seen = new Uint8Array(size)
  for (const atom of outputs) if (atom instanceof Var) seen[atom.index] = 1
  const ends: Var[][] = new Array(equations.length)
  for (let i = equations.length - 1; i >= 0; i--) {
    const equation = equations[i] as Equation
    const end: Var[] = []
    for (const atom of [...equation.outputs, ...equation.inputs]) {
      if (!(atom instanceof Var) || seen[atom.index] === 1) continue
      seen[atom.index] = 1
      end.push(atom)
    }
    ends[i] = end
  }
  return ends
}

/** The outputs of a program at these inputs. Intermediates are freed after their last use. */
export function evalFlat(program: FlatProgram, args: readonly Value[]): Value[] {
  const env = new Array<Value | undefined>(program.size)
  const holders = new Holders(args)
  program.inputs.forEach((v, i) => {
    env[v.index] = args[i]
    holders.keep(args[i] as Value)
  })
  const read = (atom: Atom): Value => {
    if (atom instanceof Var) return env[atom.index] as Value
    holders.keep(atom.value)
    return atom.value
  }
  const ends = holders.active ? lastUses(program) : null
  program.equations.forEach((equation, i) => {
    const outputs = runEquation(equation, equation.inputs.map(read))
    equation.outputs.forEach((v, k) => {
      const output = outputs[k] as Value
      env[v.index] = output
      // a call may return a tensor that it keeps
      if (equation.primitive === null) holders.keep(output)
      else holders.hold(output)
    })
    for (const v of ends?.[i] ?? []) {
      holders.release(env[v.index] as Value)
      env[v.index] = undefined
    }
  })
  return program.outputs.map(read)
}
