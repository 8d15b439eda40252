import { type Aval, bytesPerElement, type Primitive, sizeOf } from '@ntk/tensor'
import { requireParts } from '@ntk/tensor/options'
import { flops } from './flops.js'
import { type Atom, type FlatProgram, type PrimitiveEquation, Var } from './program.js'

export interface PrimitiveCount {
  /** How many equations. */
  readonly count: number
  readonly flops: number
  /** Bytes read and written. */
  readonly bytes: number
}

export interface ProgramCount {
  readonly flops: number
  /** Bytes read and written by all equations. */
  readonly bytes: number
  /** The most bytes alive at once when intermediates are freed after their last use; inputs and constants included. */
  readonly peakBytes: number
  /** By primitive, and by name of functions with rules of their own, whose insides are not counted. */
  readonly byPrimitive: Readonly<Record<string, PrimitiveCount>>
}

const bytes = ({ shape, dtype }: Aval): number => sizeOf(shape) * bytesPerElement[dtype]
const total = (avals: readonly Aval[]): number => avals.reduce((n, a) => n + bytes(a), 0)

function flopsOf<P extends Primitive>({ primitive, inputs, outputs, params }: PrimitiveEquation<P>): number {
  return flops[primitive](inputs, outputs, params)
}

/** The most bytes of variables alive at once. */
function peak({ inputs, equations, outputs }: FlatProgram): number {
  const last = new Map<Atom, number>()
  equations.forEach((e, i) => {
    for (const atom of [...e.outputs, ...e.inputs]) last.set(atom, i)
  })
  for (const atom of outputs) last.set(atom, equations.length)
  const constants = new Map<unknown, number>()
  for (const atom of [...equations.flatMap((e) => e.inputs), ...outputs]) {
    if (!(atom instanceof Var)) constants.set(atom.value, bytes(atom))
  }
  let alive = total(inputs) + [...constants.values()].reduce((n, b) => n + b, 0)
  const given = new Set<Atom>(inputs)
  let most = alive
  equations.forEach((e, i) => {
    alive += total(e.outputs)
    most = Math.max(most, alive)
    for (const v of new Set<Atom>([...e.outputs, ...e.inputs])) {
      if (v instanceof Var && !given.has(v) && last.get(v) === i) alive -= bytes(v)
    }
  })
  return most
}

/** Floating-point operations and memory of a program, counted from shapes without running it. */
export function countProgram(program: FlatProgram): ProgramCount {
  requireParts(program, 'The program of countProgram', ['equations', 'inputs', 'outputs', 'size'], 'trace')
  const byPrimitive: Record<string, PrimitiveCount> = {}
  for (const e of program.equations) {
    const name = e.primitive ?? e.call.name
    const former = byPrimitive[name] ?? { count: 0, flops: 0, bytes: 0 }
    byPrimitive[name] = {
      count: former.count + 1,
      flops: former.flops + (e.primitive === null ? 0 : flopsOf(e)),
      bytes: former.bytes + total(e.inputs) + total(e.outputs),
    }
  }
  const counts = Object.values(byPrimitive)
  return {
    flops: counts.reduce((n, c) => n + c.flops, 0),
    bytes: counts.reduce((n, c) => n + c.bytes, 0),
    peakBytes: peak(program),
    byPrimitive,
  }
}
