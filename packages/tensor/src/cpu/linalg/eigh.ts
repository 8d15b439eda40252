import { allocate, type TypedArray } from '../../dtype.js'
import { NtkError } from '../../errors.js'
import type { HostTensor } from '../../reference/host.js'
import { fixSigns, needFinite } from '../../reference/linalg.js'
import { sizeOf } from '../../shape.js'
import type { NativeLapack } from '../native/types.js'
import type { CpuContext } from '../rule.js'
import * as wasm from '../wasm/index.js'
import { scratch } from './scratch.js'
import { transposeInto } from './transpose-into.js'
import { wide } from './wide.js'

/** Eigenvalues [..., n] and eigenvectors as columns [..., n, n] of a batch of symmetric matrices. */
export function eigh(context: CpuContext, a: HostTensor): [values: TypedArray, vectors: TypedArray] {
  const n = a.shape.at(-1) as number
  const batch = sizeOf(a.shape.slice(0, -2))
  const values = allocate(a.dtype, batch * n)
  const vectors = allocate(a.dtype, batch * n * n)
  if (n === 0) return [values, vectors]
  const lapack = context.blas()?.lapack ?? null
  for (let k = 0; k < batch; k++) {
    const part = (x: TypedArray, size: number): TypedArray => x.subarray(size * k, size * (k + 1))
    const matrix = part(a.data, n * n)
    // an iteration on NaN need not end
    needFinite('eigh', matrix, n, n, 'lower')
    const [ofValues, ofVectors] = [part(values, n), part(vectors, n * n)]
    if (lapack === null) byWasm(matrix, ofValues, ofVectors, n)
    else byLapack(lapack, matrix, ofValues, ofVectors, n)
  }
  return [values, vectors]
}

function byWasm(a: TypedArray, values: TypedArray, vectors: TypedArray, n: number): void {
  const found = wasm.eigh(wide(a), n, true)
  const columns = found.vectors as Float64Array
  fixSigns(columns, n)
  values.set(found.values)
  vectors.set(columns)
}

/** In the memory of the result where that is float64: LAPACK writes eigenvectors over the matrix, as rows. */
function byLapack(
  lapack: NativeLapack,
  a: TypedArray,
  values: TypedArray,
  vectors: TypedArray,
  n: number,
): void {
  const rows = vectors instanceof Float64Array ? vectors : scratch(n * n)
  const found = values instanceof Float64Array ? values : new Float64Array(n)
  rows.set(a)
  const info = lapack.dsyevd(n, rows, n, found, true)
  if (info !== 0) {
    throw new NtkError('no-convergence', {
      what: 'eigh did not converge.',
      got: `info ${info} from LAPACK`,
    })
  }
  for (let i = 0; i < n; i++) fixSignOf(rows.subarray(i * n, (i + 1) * n))
  transposeInto(rows, vectors, n)
  if (found !== values) values.set(found)
}

/** As `fixSigns` does for a column: the first component of at least 0.8 of the largest is positive. */
function fixSignOf(vector: Float64Array): void {
  let top = 0
  for (let i = 0; i < vector.length; i++) top = Math.max(top, Math.abs(vector[i] as number))
  const first = vector.find((v) => Math.abs(v) >= 0.8 * top)
  if (first === undefined || first >= 0) return
  for (let i = 0; i < vector.length; i++) vector[i] = -(vector[i] as number)
}
