import { bind, Tensor, type Value } from '@ntk/tensor'
import { bindCall } from '../core/bind-call.js'
import { type Atom, type Equation, type FlatProgram, Var } from './program.js'

/** The outputs of one equation at values of its inputs, which are typed as these are: tensors give tensors. */
export function runEquation<V extends Value>(equation: Equation, inputs: readonly V[]): V[] {
  return equation.primitive === null
    ? (bindCall(equation.call, inputs) as V[])
    : bind(equation.primitive, inputs, equation.params)
}

/** For each equation, the variables that no later equation and no output reads. */
function lastUses(program: FlatProgram): Var[][] {
  const seen = new Uint8Array(program.size)
  for (const atom of program.outputs) if (atom instanceof Var) seen[atom.index] = 1
  const ends: Var[][] = new Array(program.equations.length)
  for (let i = program.equations.length - 1; i >= 0; i--) {
    const { inputs, outputs } = program.equations[i] as Equation
    const end: Var[] = []
    for (const atom of [...outputs, ...inputs]) {
      if (!(atom instanceof Var) || seen[atom.index] === 1) continue
      seen[atom.index] = 1
      end.push(atom)
    }
    ends[i] = end
  }
  return ends
}

/** Frees what dies inside a program, and never what came from outside, leaves, or is a constant of an outer program. */
class Memory {
  readonly #kept = new Set<Value>()

  keep(x: Value): void {
    this.#kept.add(x)
  }

  release(x: Value): void {
    if (Tensor.isInstance(x) && !this.#kept.has(x)) x.dispose()
  }
}

/** The outputs of a program at these inputs. Intermediates are freed after their last use. */
export function evalFlat(program: FlatProgram, args: readonly Value[]): Value[] {
  const env = new Array<Value | undefined>(program.size)
  const memory = new Memory()
  program.inputs.forEach((v, i) => {
    env[v.index] = args[i]
    memory.keep(args[i] as Value)
  })
  const read = (atom: Atom): Value => {
    if (atom instanceof Var) return env[atom.index] as Value
    memory.keep(atom.value)
    return atom.value
  }
  const ends = lastUses(program)
  program.equations.forEach((equation, i) => {
    const inputs = equation.inputs.map(read)
    const outputs = runEquation(equation, inputs)
    equation.outputs.forEach((v, k) => {
      env[v.index] = outputs[k]
      // a call may return a tensor that it keeps
      if (equation.primitive === null) memory.keep(outputs[k] as Value)
    })
    // beside a tracer, a tensor may have become a constant of what is being traced
    if (inputs.some((x) => x.interpreter !== null)) inputs.forEach((x) => memory.keep(x))
    for (const v of ends[i] as Var[]) {
      memory.release(env[v.index] as Value)
      env[v.index] = undefined
    }
  })
  return program.outputs.map(read)
}
