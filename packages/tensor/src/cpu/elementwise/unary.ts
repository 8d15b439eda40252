import { allocate, type TypedArray } from '../../dtype.js'
import type { UnaryFloat, UnaryNumber } from '../../primitives.js'
import { unaryFloat, unaryNumber } from '../../primitives.js'
import { unaryFunctions } from '../../reference/elementwise.js'
import type { HostTensor } from '../../reference/host.js'
import type { CpuRule, CpuTable } from '../rule.js'

type Unary = UnaryFloat | UnaryNumber
type UnaryLoop = (x: TypedArray, out: TypedArray, n: number) => void

const loops: Readonly<Partial<Record<Unary, UnaryLoop>>> = {
  neg: (x, out, n) => {
    for (let i = 0; i < n; i++) out[i] = -(x[i] as number)
  },
  abs: (x, out, n) => {
    for (let i = 0; i < n; i++) out[i] = Math.abs(x[i] as number)
  },
  sqrt: (x, out, n) => {
    for (let i = 0; i < n; i++) out[i] = Math.sqrt(x[i] as number)
  },
  floor: (x, out, n) => {
    for (let i = 0; i < n; i++) out[i] = Math.floor(x[i] as number)
  },
  ceil: (x, out, n) => {
    for (let i = 0; i < n; i++) out[i] = Math.ceil(x[i] as number)
  },
}

function throughFunction(f: (x: number) => number): UnaryLoop {
  return (x, out, n) => {
    for (let i = 0; i < n; i++) out[i] = f(x[i] as number)
  }
}

function rule(name: Unary): CpuRule<Unary> {
  const loop = loops[name] ?? throughFunction(unaryFunctions[name])
  return ([a]) => {
    const { data, dtype } = a as HostTensor
    const out = allocate(dtype, data.length)
    loop(data, out, data.length)
    return [out]
  }
}

export const unary: CpuTable<Unary> = Object.fromEntries(
  [...unaryFloat, ...unaryNumber].map((n) => [n, rule(n)]),
) as CpuTable<Unary>
