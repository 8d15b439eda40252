/**
 * Dense linear algebra in float64 by cuSOLVER and cuBLAS; float32 is computed in float64 and rounded. Both libraries read columns first: a
 * matrix of rows first is its transpose to them, and its lower triangle the upper one.
 */
import {
  type Aval,
  type BackendTensor,
  hostBackend,
  type Inputs,
  type LinalgParams,
  mapInputs,
  mapOutputs,
  type Outputs,
  type Params,
  sizeOf,
  zipOutputs,
} from '@ntk/tensor'
import { numbersOf } from '../fuse.js'
import type { Machine } from '../machine.js'
import type { DeviceMemory } from '../memory.js'
import { check } from '../status.js'
import { cTypes } from '../text/types.js'
import { Value } from '../value.js'
import { reductions } from './reduce.js'
import { type CudaTable, castTo, filledBy, picked, stored } from './rule.js'

/** cublas_api.h and cusolverDn.h: fill modes, operations, sides, diagonals, jobs. */
const [lower, upper] = [0, 1]
const [plain, turned] = [0, 1]
const right = 1
const [ordinary, unit] = [0, 1]
const withVectors = 1
const bytes = 8

const addressOf = (memory: DeviceMemory, element: number): bigint => memory.address + BigInt(element * bytes)

/** New memory with the numbers of a value in float64. */
function copyOf(machine: Machine, x: Value): DeviceMemory {
  const wide = castTo(x, 'float64')
  try {
    return wide === x ? machine.copy(numbersOf(machine, x)) : numbersOf(machine, wide).hold()
  } finally {
    wide.release()
  }
}

/** Runs `f` with memory that goes afterwards. */
function lent<T>(memory: DeviceMemory, f: (memory: DeviceMemory) => T): T {
  try {
    return f(memory)
  } finally {
    memory.release()
  }
}

/** Runs a factorization with room for its status, and gives that: 0, or where it stopped. */
function informed(machine: Machine, f: (info: DeviceMemory) => void): number {
  return lent(machine.allocate(4), (info) => {
    f(info)
    const host = new Int32Array(1)
    machine.download(info, host)
    return host[0] as number
  })
}

/** With a workspace of as many numbers as `ask` writes. */
function withWorkspace(
  machine: Machine,
  ask: (size: Int32Array) => void,
  f: (work: bigint, size: number) => void,
): void {
  const size = new Int32Array(1)
  ask(size)
  lent(machine.allocate((size[0] as number) * bytes), (work) => f(work.address, size[0] as number))
}

/** Whether `count` numbers of float64 are finite: differences x − x of those that are not do not vanish. */
function allFinite(machine: Machine, memory: DeviceMemory, count: number): boolean {
  const x = stored(memory.hold(), { shape: [count], dtype: 'float64' })
  const zero = new Value([count], 'float64', { kind: 'computed', primitive: 'sub', operands: [x.hold(), x] })
  const [total] = reductions.reduceSum(machine, [zero], { axes: [0] }, [{ shape: [], dtype: 'float64' }])
  const host = new Float64Array(1)
  try {
    machine.download(numbersOf(machine, total), host)
  } finally {
    total.release()
    zero.release()
  }
  return host[0] === 0
}

/** The same on the host: for errors that name a pivot or a number, which the device does not know. */
function onHost<P extends keyof LinalgParams>(
  machine: Machine,
  primitive: P,
  inputs: Inputs<P, Value>,
  params: Params<P>,
  outputs: Outputs<P, Aval>,
): Outputs<P, Value> {
  const host = hostBackend()
  const tensors = mapInputs(inputs, (x): BackendTensor => {
    const data = new Float64Array(x.size)
    lent(copyOf(machine, x), (memory) => machine.download(memory, data))
    return { buffer: host.upload(data, x.shape, 'float64'), shape: x.shape, dtype: 'float64' }
  })
  const wide = mapOutputs(outputs, ({ shape }): Aval => ({ shape, dtype: 'float64' }))
  const results = host.run(primitive, tensors, params, wide)
  return zipOutputs(results, outputs, (buffer, out) => {
    const data = host.readSync({ buffer, shape: out.shape, dtype: 'float64' }) as Float64Array
    return rounded(machine, machine.upload(data), out)
  })
}

/** Memory of float64 as an output of its dtype. Takes the memory over. */
function rounded(machine: Machine, memory: DeviceMemory, out: Aval): Value {
  const wide = stored(memory, { shape: out.shape, dtype: 'float64' })
  if (out.dtype === 'float64') return wide
  const narrow = castTo(wide, out.dtype)
  wide.release()
  numbersOf(machine, narrow)
  return narrow
}

const lowerText = (to: 'float64' | 'float32'): string => `
const i64 n = (i64)a.v[3];
((${cTypes[to]}*)a.v[2])[i] = i % n <= i / n % n ? ((const double*)a.v[1])[i] : 0;
`

/** Turns each vector so that its first component of at least 0.8 of its largest is positive, and puts it into a column. */
const vectorsText = (to: 'float64' | 'float32'): string => `
const i64 n = (i64)a.v[3];
const double* x = (const double*)a.v[1] + i * n;
double top = 0, sign = 0;
for (i64 k = 0; k < n; k++) { const double y = fabs(x[k]); if (y > top) top = y; }
for (i64 k = 0; k < n && sign == 0; k++) if (fabs(x[k]) >= 0.8 * top) sign = x[k] < 0 ? -1 : 1;
${cTypes[to]}* out = (${cTypes[to]}*)a.v[2] + i / n * n * n + i % n;
for (i64 k = 0; k < n; k++) out[k * n] = sign * x[k];
`

const floatOf = ({ dtype }: Aval): 'float64' | 'float32' => (dtype === 'float32' ? 'float32' : 'float64')

interface Sizes {
  readonly batch: number
  readonly n: number
  readonly m: number
}

function sizesOf(a: Value, b: Value): Sizes {
  const n = a.shape.at(-1) as number
  return { batch: sizeOf(a.shape.slice(0, -2)), n, m: b.shape.at(-1) as number }
}

/** Factors each matrix, and tells whether all went through. */
function factored(machine: Machine, memory: DeviceMemory, { batch, n }: Sizes): boolean {
  const { cusolver } = machine.api
  const solver = machine.solver()
  let fine = true
  withWorkspace(
    machine,
    (size) => {
      const status = cusolver.cusolverDnDpotrf_bufferSize(solver, upper, n, memory.address, n, size)
      check('cusolver', 'cusolverDnDpotrf_bufferSize', status)
    },
    (work, size) => {
      for (let k = 0; k < batch && fine; k++) {
        const at = addressOf(memory, k * n * n)
        const stop = informed(machine, (info) => {
          const status = cusolver.cusolverDnDpotrf(solver, upper, n, at, n, work, size, info.address)
          check('cusolver', 'cusolverDnDpotrf', status)
        })
        fine = stop === 0
      }
    },
  )
  return fine && allFinite(machine, memory, batch * n * n)
}

function solved(machine: Machine, lu: DeviceMemory, b: DeviceMemory, { batch, n, m }: Sizes): boolean {
  const { cusolver } = machine.api
  const solver = machine.solver()
  let fine = true
  withWorkspace(
    machine,
    (size) => {
      const status = cusolver.cusolverDnDgetrf_bufferSize(solver, n, n, lu.address, n, size)
      check('cusolver', 'cusolverDnDgetrf_bufferSize', status)
    },
    (work) =>
      lent(machine.allocate(4 * n), (pivots) => {
        for (let k = 0; k < batch && fine; k++) {
          const [matrix, sides] = [addressOf(lu, k * n * n), addressOf(b, k * n * m)]
          const stop = informed(machine, (info) => {
            const status = cusolver.cusolverDnDgetrf(
              solver,
              n,
              n,
              matrix,
              n,
              work,
              pivots.address,
              info.address,
            )
            check('cusolver', 'cusolverDnDgetrf', status)
          })
          fine = stop === 0
          if (!fine) return
          informed(machine, (info) => {
            const given = [solver, turned, n, m, matrix, n, pivots.address, sides, n, info.address] as const
            check('cusolver', 'cusolverDnDgetrs', cusolver.cusolverDnDgetrs(...given))
          })
        }
      }),
  )
  return fine && allFinite(machine, b, batch * n * m)
}

/** [..., n, m] with its last two axes in the other order, in float64. */
function turnedCopy(machine: Machine, x: Value, { batch, n, m }: Sizes): DeviceMemory {
  const moved = picked(machine, x, { shape: [batch, m, n], dtype: x.dtype }, 0, [n * m, 1, m])
  try {
    return copyOf(machine, moved)
  } finally {
    moved.release()
  }
}

function decomposed(machine: Machine, a: DeviceMemory, w: DeviceMemory, { batch, n }: Sizes): boolean {
  const { cusolver } = machine.api
  const solver = machine.solver()
  let fine = true
  withWorkspace(
    machine,
    (size) => {
      const given = [solver, withVectors, upper, n, a.address, n, w.address, size] as const
      check('cusolver', 'cusolverDnDsyevd_bufferSize', cusolver.cusolverDnDsyevd_bufferSize(...given))
    },
    (work, size) => {
      for (let k = 0; k < batch && fine; k++) {
        const [matrix, values] = [addressOf(a, k * n * n), addressOf(w, k * n)]
        const stop = informed(machine, (info) => {
          const given = [solver, withVectors, upper, n, matrix, n, values, work, size, info.address] as const
          check('cusolver', 'cusolverDnDsyevd', cusolver.cusolverDnDsyevd(...given))
        })
        fine = stop === 0
      }
    },
  )
  return fine && allFinite(machine, a, batch * n * n)
}

export const linalg: CudaTable<keyof LinalgParams> = {
  cholesky: (machine, [a], params, outputs) => {
    const [out] = outputs
    if (a.size === 0) return [filledBy(machine, out, () => undefined)]
    const sizes = sizesOf(a, a)
    return lent(copyOf(machine, a), (memory): [Value] => {
      if (!factored(machine, memory, sizes)) return onHost(machine, 'cholesky', [a], params, outputs)
      const text = lowerText(floatOf(out))
      return [filledBy(machine, out, (to) => machine.run(text, a.size, { v: [a.size, memory, to, sizes.n] }))]
    })
  },
  triangularSolve: (machine, [a, b], params, outputs) => {
    const [out] = outputs
    if (b.size === 0) return [filledBy(machine, out, () => undefined)]
    const sizes = sizesOf(a, b)
    const { batch, n, m } = sizes
    const scalars = new Float64Array(8)
    scalars[0] = 1
    return lent(copyOf(machine, a), (matrix): [Value] =>
      lent(copyOf(machine, b), (memory): [Value] => {
        for (let k = 0; k < batch; k++) {
          const given = [
            ...([machine.blas(), right, params.lower ? upper : lower] as const),
            ...([
              params.transpose ? turned : plain,
              params.unitDiagonal ? unit : ordinary,
              m,
              n,
              scalars,
            ] as const),
            ...([addressOf(matrix, k * n * n), n, addressOf(memory, k * n * m), m] as const),
          ] as const
          check('cublas', 'cublasDtrsm', machine.api.cublas.cublasDtrsm_v2(...given))
        }
        if (allFinite(machine, memory, batch * n * m)) return [rounded(machine, memory.hold(), out)]
        return onHost(machine, 'triangularSolve', [a, b], params, outputs)
      }),
    )
  },
  solve: (machine, [a, b], params, outputs) => {
    const [out] = outputs
    if (b.size === 0) return [filledBy(machine, out, () => undefined)]
    const sizes = sizesOf(a, b)
    const { batch, n, m } = sizes
    return lent(copyOf(machine, a), (lu): [Value] =>
      lent(turnedCopy(machine, b, sizes), (sides): [Value] => {
        if (!solved(machine, lu, sides, sizes)) return onHost(machine, 'solve', [a, b], params, outputs)
        const x = stored(sides.hold(), { shape: [batch, m, n], dtype: 'float64' })
        const back = picked(machine, x, { shape: [batch, n, m], dtype: 'float64' }, 0, [n * m, 1, n])
        x.release()
        const memory = numbersOf(machine, back).hold()
        back.release()
        return [rounded(machine, memory, out)]
      }),
    )
  },
  eigh: (machine, [a], params, outputs) => {
    const [values, vectors] = outputs
    if (a.size === 0)
      return [filledBy(machine, values, () => undefined), filledBy(machine, vectors, () => undefined)]
    const sizes = sizesOf(a, a)
    const { batch, n } = sizes
    return lent(copyOf(machine, a), (memory): [Value, Value] =>
      lent(machine.allocate(batch * n * bytes), (w): [Value, Value] => {
        if (!decomposed(machine, memory, w, sizes)) return onHost(machine, 'eigh', [a], params, outputs)
        const count = batch * n
        const text = vectorsText(floatOf(vectors))
        const columns = filledBy(machine, vectors, (to) =>
          machine.run(text, count, { v: [count, memory, to, n] }),
        )
        return [rounded(machine, w.hold(), values), columns]
      }),
    )
  },
}
