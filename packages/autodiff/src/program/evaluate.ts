import { bind, Tensor, type Value } from '@ntk/tensor'
import { bindCall } from '../core/bind-call.js'
import { type Atom, type Equation, type FlatProgram, Var } from './program.js'

/** Runs one equation on the values of its inputs. */
export function runEquation(equation: Equation, inputs: readonly Value[]): Value[] {
  return equation.primitive === null
    ? bindCall(equation.call, inputs)
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

/**
 * Frees what dies inside a program. Several tensors may share a buffer (reshape): a buffer is freed when the last
 * tensor of the program that holds it dies, and never if it came from outside or leaves.
 */
class Memory {
  #holders = new Map<object, number>()

  keep(x: Value): void {
    if (Tensor.isInstance(x)) this.#holders.set(x.buffer, Number.POSITIVE_INFINITY)
  }

  hold(x: Value): void {
    if (Tensor.isInstance(x)) this.#holders.set(x.buffer, (this.#holders.get(x.buffer) ?? 0) + 1)
  }

  release(x: Value): void {
    if (!Tensor.isInstance(x)) return
    const holders = (this.#holders.get(x.buffer) ?? Number.POSITIVE_INFINITY) - 1
    if (holders > 0) this.#holders.set(x.buffer, holders)
    else {
      this.#holders.delete(x.buffer)
      x.dispose()
    }
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
    const outputs = runEquation(equation, equation.inputs.map(read))
    equation.outputs.forEach((v, k) => {
      env[v.index] = outputs[k]
      // a call may return a tensor that it keeps
      if (equation.primitive === null) memory.keep(outputs[k] as Value)
      else memory.hold(outputs[k] as Value)
    })
    for (const v of ends[i] as Var[]) {
      memory.release(env[v.index] as Value)
      env[v.index] = undefined
    }
  })
  return program.outputs.map(read)
}
