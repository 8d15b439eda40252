/** Matrix products by cuBLAS, rows first: C = A B of rows first is Cᵀ = Bᵀ Aᵀ of columns first, which is the same memory. */
import { type ContractParams, type DType, type Shape, sizeOf, stridesOf } from '@ntk/tensor'
import { numbersOf } from '../fuse.js'
import type { Machine } from '../machine.js'
import type { DeviceMemory } from '../memory.js'
import { check } from '../status.js'
import type { Value } from '../value.js'
import { type CudaRule, filledBy, picked } from './rule.js'

/** One factor: [batch, rows, columns] in memory, or its transpose [batch, columns, rows]. */
export interface Factor {
  readonly memory: DeviceMemory
  readonly transposed: boolean
  /** Bytes from the start of the memory. */
  readonly offset?: number
  /** Elements from one row to the next, and from one matrix to the next; those of a dense array unless said. */
  readonly row?: number
  readonly next?: number
}

/** Where a product goes: rows of `row` elements, matrices `next` elements apart. */
export interface Target {
  readonly memory: DeviceMemory
  readonly offset?: number
  readonly row?: number
  readonly next?: number
}

const plain = 0
const turned = 1

export interface ProductSizes {
  readonly batch: number
  readonly m: number
  readonly n: number
  readonly k: number
}

const after = ({ memory, offset = 0 }: Factor | Target): bigint => memory.address + BigInt(offset)

/** out = x y, or 0 where nothing is summed up. float64 or float32. */
export function product(
  machine: Machine,
  dtype: DType,
  x: Factor,
  y: Factor,
  out: Target,
  { batch, m, n, k }: ProductSizes,
): void {
  if (batch === 0 || m === 0 || n === 0) return
  const { cublas } = machine.api
  const double = dtype === 'float64'
  // 16 numbers of 4 bytes: what is smaller lies where the engine may move it
  const scalars = double ? new Float64Array(8) : new Float32Array(16)
  const one = scalars.subarray(0, 1)
  const none = scalars.subarray(1, 2)
  one[0] = 1
  const [call, name] = double
    ? ([cublas.cublasDgemmStridedBatched, 'cublasDgemmStridedBatched'] as const)
    : ([cublas.cublasSgemmStridedBatched, 'cublasSgemmStridedBatched'] as const)
  const rowX = x.row ?? (x.transposed ? m : k)
  const rowY = y.row ?? (y.transposed ? k : n)
  const rowOut = out.row ?? n
  check(
    'cublas',
    name,
    call(
      ...([
        machine.blas(),
        y.transposed ? turned : plain,
        x.transposed ? turned : plain,
        n,
        m,
        k,
        one,
      ] as const),
      ...([after(y), Math.max(rowY, 1), y.next ?? k * n] as const),
      ...([after(x), Math.max(rowX, 1), x.next ?? m * k, none] as const),
      ...([after(out), rowOut, out.next ?? m * n, batch] as const),
    ),
  )
}

/** int32 products wrap, which no library does: one thread an element. */
const integerText = `
const i64 m = (i64)a.v[4], n = (i64)a.v[5], k = (i64)a.v[6];
const int* x = (const int*)a.v[1] + i / n * k;
const int* y = (const int*)a.v[2] + i / (m * n) * k * n + i % n;
u32 total = 0;
for (i64 j = 0; j < k; j++) total += (u32)x[j] * (u32)y[j * n];
((int*)a.v[3])[i] = (int)total;
`

/** How many of `axes`, in this order, are the axes of the tensor from `first` on. */
const inPlace = (axes: Shape, first: number): boolean => axes.every((axis, k) => axis === first + k)

/** [batch, rows, columns] from a tensor, moved only where its axes stand in another order than either. */
function factorOf(
  machine: Machine,
  x: Value,
  batch: Shape,
  rows: Shape,
  columns: Shape,
  mayTurn: boolean,
): Factor {
  const [b, r, c] = [batch.length, rows.length, columns.length]
  if (inPlace(batch, 0) && inPlace(rows, b) && inPlace(columns, b + r))
    return { memory: numbersOf(machine, x).hold(), transposed: false }
  if (mayTurn && inPlace(batch, 0) && inPlace(columns, b) && inPlace(rows, b + c))
    return { memory: numbersOf(machine, x).hold(), transposed: true }
  const strides = stridesOf(x.shape)
  const perm = [...batch, ...rows, ...columns]
  const shape = perm.map((axis) => x.shape[axis] as number)
  const moved = picked(
    machine,
    x,
    { shape, dtype: x.dtype },
    0,
    perm.map((axis) => strides[axis] as number),
  )
  try {
    return { memory: numbersOf(machine, moved).hold(), transposed: false }
  } finally {
    moved.release()
  }
}

export const dotGeneral: CudaRule<'dotGeneral'> = (
  machine,
  [x, y],
  p: ContractParams['dotGeneral'],
  [out],
) => {
  const { dtype } = x
  const free = (value: Value, used: Shape): number[] =>
    value.shape.map((_, axis) => axis).filter((axis) => !used.includes(axis))
  const rows = free(x, [...p.lhsBatch, ...p.lhsContract])
  const columns = free(y, [...p.rhsBatch, ...p.rhsContract])
  const size = (value: Value, axes: Shape): number => sizeOf(axes.map((axis) => value.shape[axis] as number))
  const sizes = {
    batch: size(x, p.lhsBatch),
    m: size(x, rows),
    n: size(y, columns),
    k: size(x, p.lhsContract),
  }
  const count = sizeOf(out.shape)
  const left = factorOf(machine, x, p.lhsBatch, rows, p.lhsContract, dtype !== 'int32')
  try {
    const right = factorOf(machine, y, p.rhsBatch, p.rhsContract, columns, dtype !== 'int32')
    try {
      return [
        filledBy(machine, out, (memory) => {
          if (dtype === 'int32') {
            const { m, n, k } = sizes
            machine.run(integerText, count, { v: [count, left.memory, right.memory, memory, m, n, k] })
          } else if (sizes.k === 0) machine.run(zeroText(dtype), count, { v: [count, memory] })
          else product(machine, dtype, left, right, { memory }, sizes)
        }),
      ]
    } finally {
      right.memory.release()
    }
  } finally {
    left.memory.release()
  }
}

const zeroText = (dtype: DType): string => `((${dtype === 'float64' ? 'double' : 'float'}*)a.v[1])[i] = 0;\n`
