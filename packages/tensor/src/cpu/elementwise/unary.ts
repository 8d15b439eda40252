import { allocateDirty, isFloat, type TypedArray } from '../../dtype.js'
import { eachOf, isOneOf } from '../../each.js'
import type { UnaryFloat, UnaryNumber } from '../../primitives.js'
import { unaryFloat, unaryNumber } from '../../primitives.js'
import type { HostTensor } from '../../reference/host.js'
import type { CpuTable } from '../rule.js'
import { sign, signOps } from '../wasm/arith.js'
import { type FloatArray, unary as wasmUnary } from '../wasm/index.js'

type Unary = UnaryFloat | UnaryNumber
type UnaryLoop = (x: TypedArray, out: TypedArray) => void

const plainLoops: Readonly<Record<UnaryNumber, UnaryLoop>> = {
  neg: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = -(x[i] as number)
  },
  abs: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.abs(x[i] as number)
  },
  sign: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.sign(x[i] as number)
  },
}

/** No engine's own Math function takes part in transcendental functions, so that numbers are the same everywhere. */
function floatLoop(name: Unary): UnaryLoop {
  if (isOneOf(signOps, name)) return (x, out) => sign(name, x as FloatArray, out as FloatArray, out.length)
  if (name === 'sign') return plainLoops.sign
  return (x, out) => wasmUnary(name, x as FloatArray, 0, out as FloatArray, 0, out.length)
}

function rule(name: Unary): (inputs: readonly [HostTensor]) => [TypedArray] {
  const floats = floatLoop(name)
  const integers = isOneOf(unaryNumber, name) ? plainLoops[name] : floats
  return ([{ data, dtype }]) => {
    const out = allocateDirty(dtype, data.length)
    if (isFloat(dtype)) floats(data, out)
    else integers(data, out)
    return [out]
  }
}

export const unary: CpuTable<Unary> = eachOf([...unaryFloat, ...unaryNumber], rule)
