import { allocate, isFloat } from '../../dtype.js'
import type { BinaryFloat, BinaryNumber, Compare, Logical } from '../../primitives.js'
import { binaryFloat, binaryNumber, compare, logical } from '../../primitives.js'
import { binaryFunctions } from '../../reference/elementwise.js'
import { broadcastStrides, type HostTensor } from '../../reference/host.js'
import { sizeOf, stridesOf } from '../../shape.js'
import type { Aval } from '../../value.js'
import { collapse, walk } from '../loops.js'
import type { CpuRule, CpuTable } from '../rule.js'
import { type BinaryLoop, binaryLoops, intMul } from './binary-loops.js'

type Binary = BinaryNumber | BinaryFloat | Compare | Logical

/** Runs a loop over broadcast operands: the innermost merged axis in one call, steps 0 or 1 an operand. */
function broadcast(
  loop: BinaryLoop,
  a: HostTensor,
  b: HostTensor,
  output: Aval,
): ReturnType<typeof allocate>[] {
  const { shape, dtype } = output
  const size = sizeOf(shape)
  const out = allocate(dtype, size)
  if (size === 0) return [out]
  const rank = shape.length
  const loops = collapse(shape, [
    broadcastStrides(a.shape, rank),
    broadcastStrides(b.shape, rank),
    stridesOf(shape),
  ])
  const inner = loops.shape.length - 1
  if (inner < 0) {
    loop(a.data, 0, 0, b.data, 0, 0, out, 0, 1)
    return [out]
  }
  const n = loops.shape[inner] as number
  const [da, db] = [loops.strides[0]?.[inner] as number, loops.strides[1]?.[inner] as number]
  walk(loops, inner, [0, 0, 0], ([p, q, o]) => {
    loop(a.data, p as number, da, b.data, q as number, db, out, o as number, n)
  })
  return [out]
}

function throughFunction(f: (a: number, b: number) => number): BinaryLoop {
  return (a, p, da, b, q, db, out, o, n) => {
    for (let i = 0; i < n; i++, p += da, q += db) out[o + i] = f(a[p] as number, b[q] as number)
  }
}

function rule(name: Binary): CpuRule<Binary> {
  const loop =
    name in binaryLoops
      ? binaryLoops[name as keyof typeof binaryLoops]
      : throughFunction(binaryFunctions[name])
  return ([a, b], _, [out]) => {
    const [x, y] = [a as HostTensor, b as HostTensor]
    const exact = name === 'mul' && !isFloat(x.dtype) ? intMul : loop
    return broadcast(exact, x, y, out as Aval)
  }
}

const names: readonly Binary[] = [...binaryNumber, ...binaryFloat, ...compare, ...logical]

export const binary: CpuTable<Binary> = Object.fromEntries(names.map((n) => [n, rule(n)])) as CpuTable<Binary>
