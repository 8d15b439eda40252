import type { Aval } from '../../aval.js'
import { allocateDirty, isFloat, type TypedArray } from '../../dtype.js'
import { eachOf, isOneOf } from '../../each.js'
import type { BinaryFloat, BinaryNumber, Compare, Logical } from '../../primitives.js'
import { binaryFloat, binaryNumber, compare as compareNames, logical } from '../../primitives.js'
import { broadcastStrides, type HostTensor } from '../../reference/host.js'
import { sizeOf, stridesOf } from '../../shape.js'
import { copyStrided } from '../copy.js'
import { collapse, type Loops, walk } from '../loops.js'
import type { CpuTable } from '../rule.js'
import { expand } from '../shaping/move.js'
import { type ArithName, arith, arithOps, arithRows, compare, compareOps, widestRow } from '../wasm/arith.js'
import { type FloatArray, binary as wasmBinary } from '../wasm/index.js'
import { type BinaryLoop, binaryLoops, intMul } from './binary-loops.js'

type Binary = BinaryNumber | BinaryFloat | Compare | Logical
type Rule = (
  inputs: readonly [HostTensor, HostTensor],
  params: unknown,
  outputs: readonly [Aval],
) => [TypedArray]

/** Runs a loop over broadcast operands: the innermost merged axis in one call, steps 0 or 1 an operand. */
function broadcast(name: Binary, loop: BinaryLoop, a: HostTensor, b: HostTensor, output: Aval): [TypedArray] {
  const { shape, dtype } = output
  const size = sizeOf(shape)
  const out = allocateDirty(dtype, size)
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
  if (inner > 0 && n <= NARROW && da === 1 && db === 1) {
    byRows(loop, a, b, out, loops)
    return [out]
  }
  if (isFloat(a.dtype) && isOneOf(arithOps, name) && byNumbers(name, a, b, out, loops)) return [out]
  walk(loops, inner, [0, 0, 0], ([p, q, o]) => {
    loop(a.data, p as number, da, b.data, q as number, db, out, o as number, n)
  })
  return [out]
}

/** Fewer elements are done before a call into WebAssembly would have copied its operands. */
const FEW = 1024
/** Rows up to this width are taken several at a time. */
const NARROW = 1024
/** Elements of the rows taken at a time. */
const BLOCK = 8192

/** Where a narrow row meets many: the row is repeated to a block once, and blocks of rows become single runs. */
function byRows(loop: BinaryLoop, a: HostTensor, b: HostTensor, out: TypedArray, loops: Loops): void {
  const rank = loops.shape.length
  const [m, n] = loops.shape.slice(-2) as [number, number]
  const rows = Math.min(m, Math.ceil(BLOCK / n))
  const block = [a, b].map((x, k) => {
    const step = loops.strides[k]?.[rank - 2] as number
    return step === n ? null : { data: allocateDirty(x.dtype, rows * n), step }
  })
  walk(loops, rank - 2, [0, 0, 0], (at) => {
    const [p, q, o] = at as [number, number, number]
    for (let r = 0; r < m; r += rows) {
      const count = Math.min(rows, m - r)
      const places = [a, b].map((x, k) => {
        const own = block[k]
        const from = k === 0 ? p : q
        if (own === null || own === undefined) return { data: x.data, at: from + r * n }
        if (r === 0) copyStrided(x.data, from, [own.step, 1], own.data, 0, [n, 1], [rows, n])
        return { data: own.data, at: 0 }
      }) as [Place, Place]
      loop(places[0].data, places[0].at, 1, places[1].data, places[1].at, 1, out, o + r * n, count * n)
    }
  })
}

/** Where rows meet a number each; false where they do not, or where there are few. */
function byNumbers(name: ArithName, a: HostTensor, b: HostTensor, out: TypedArray, loops: Loops): boolean {
  const rank = loops.shape.length
  if (rank < 2) return false
  const [m, n] = loops.shape.slice(-2) as [number, number]
  if (n < 2 || n > widestRow || m * n < FEW) return false
  const isRows = (k: number): boolean =>
    loops.strides[k]?.[rank - 1] === 1 && loops.strides[k]?.[rank - 2] === n
  const isNumbers = (k: number): boolean =>
    loops.strides[k]?.[rank - 1] === 0 && loops.strides[k]?.[rank - 2] === 1
  const first = isNumbers(0)
  if (!(first ? isRows(1) : isRows(0) && isNumbers(1))) return false
  const [x, y, z] = [a.data, b.data, out] as [FloatArray, FloatArray, FloatArray]
  walk(loops, rank - 2, [0, 0, 0], ([p, q, o]) => {
    arithRows(name, x, p as number, y, q as number, first, z, o as number, m, n)
  })
  return true
}

interface Place {
  readonly data: TypedArray
  readonly at: number
}

/** Runs shorter than this are done before a call into WebAssembly would have copied its operands. */
const SHORT = 160

/** A loop by vectors where floats come in long runs. */
function vectorized(name: Binary, plain: BinaryLoop): BinaryLoop {
  if (isOneOf(arithOps, name)) {
    return (a, p, da, b, q, db, out, o, n) => {
      if (n < SHORT) plain(a, p, da, b, q, db, out, o, n)
      else arith(name, a as FloatArray, p, da, b as FloatArray, q, db, out as FloatArray, o, n)
    }
  }
  if (isOneOf(compareOps, name)) {
    return (a, p, da, b, q, db, out, o, n) => {
      if (n < SHORT) plain(a, p, da, b, q, db, out, o, n)
      else compare(name, a as FloatArray, p, da, b as FloatArray, q, db, out as Uint8Array, o, n)
    }
  }
  return plain
}

/** pow and atan2, computed over operands of the output's shape. */
function transcendental(name: BinaryFloat): Rule {
  return ([a, b], _, [out]) => {
    const { shape, dtype } = out
    const result = allocateDirty(dtype, sizeOf(shape)) as FloatArray
    const x = expand(a, shape) as FloatArray
    const y = expand(b, shape) as FloatArray
    wasmBinary(name, x, y, result, result.length)
    return [result]
  }
}

function rule(name: Binary): Rule {
  if (name === 'pow' || name === 'atan2') return transcendental(name)
  const plain = binaryLoops[name]
  const floats = vectorized(name, plain)
  return ([x, y], _, [out]) => {
    const integers = name === 'mul' ? intMul : plain
    return broadcast(name, isFloat(x.dtype) ? floats : integers, x, y, out)
  }
}

export const binary: CpuTable<Binary> = eachOf(
  [...binaryNumber, ...binaryFloat, ...compareNames, ...logical],
  rule,
)
