import { branchOf, deficitPlan, tangentsOf } from './deficits.js'
import { readsVariances } from './instructions.js'
import { type Job, mirrored, type Request } from './job.js'
import type { Arena } from './memory.js'
import { areaOf, type Side, type Stage, type Start, type VarianceTable, writeProgram } from './program.js'
import { product, type Samples } from './samples.js'
import { linesTable, seriesReader } from './series.js'
import type { Variances } from './variances.js'

/** Columns of a chunk. */
const COLUMNS = 8

/** x [n, positions, channels] as [positions, channels, capacity]. */
function samplesLast({ x, n }: Samples, capacity: number): Float64Array {
  const width = x.length / n
  const out = new Float64Array(width * capacity)
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < width; k++) out[k * capacity + i] = x[i * width + k] as number
  }
  return out
}

interface StartPlaces {
  readonly start: Start
  /** Of sample i of x1 with those of x2 from j on: addresses of K or x1 and of Θ or x2, and bytes from position to position. */
  ofChunk(i: number, j: number): { readonly first: number; readonly second: number; readonly ld: number }
}

function startOf(arena: Arena, { a, b, from, v1, v2 }: Request): StartPlaces {
  if (from.kind === 'diagonals') {
    const [nngp, ntk] = [arena.floats(from.nngp), from.ntk === null ? 0 : arena.floats(from.ntk)]
    const ld = 8 * a.n * v2.capacity
    return {
      start: { kind: 'blocks', down: 1, right: 0 },
      ofChunk: (i, j) => {
        const at = 8 * (i * v2.capacity + j)
        return { first: nngp + at, second: ntk + at, ld }
      },
    }
  }
  const sideOf = (samples: Samples, capacity: number): Side => ({
    at: arena.floats(samplesLast(samples, capacity)),
    group: samples.channels * capacity * 8,
    row: 0,
    channel: capacity * 8,
  })
  const first = sideOf(a, v1.capacity)
  const sides = [first, a === b ? first : sideOf(b, v2.capacity)] as const
  return {
    start: { kind: 'data', sides, channels: a.channels },
    ofChunk: (i, j) => ({ first: i * 8, second: j * 8, ld: 0 }),
  }
}

/** Chunks of one sample of x1 with some of x2, at all positions. */
export function equalPositions(arena: Arena, request: Request): Job {
  const { a, b, ntk, steps, wanted, v1, v2, sizes, sums } = request
  const most = Math.max(...sizes.map(product))
  // The first of them serve any smaller space.
  const places = Int32Array.from({ length: 2 * most }, (_, k) => k >> 1)
  const stages = sizes.map((space): Stage => {
    const groups = product(space)
    return { groups, rows: 1, used: COLUMNS, n: COLUMNS, ld: COLUMNS * 8, places }
  })
  const readers = steps.filter(readsVariances).map((step, k) =>
    seriesReader(step, k, [
      [v1, a],
      [v2, b],
    ]),
  )
  const tableOf = (v: Variances, k: number): VarianceTable => {
    const before = v.before[k] as Float64Array
    const reader = readers[k] ?? null
    if (reader !== null) return linesTable(arena, reader, before, v.capacity, null)
    return {
      before: { at: arena.floats(before), group: v.capacity * 8, row: 0, channel: 0 },
      roots: arena.floats(v.roots[k] as Float64Array),
    }
  }
  const width = v2.capacity
  const origin = startOf(arena, request)
  const deficits = deficitPlan(steps, request.from.kind === 'data')
  const branch = branchOf(steps, deficits)
  const tangents1 = tangentsOf(steps, deficits, branch, v1, a.n)
  const tangents2 = v1 === v2 ? tangents1 : tangentsOf(steps, deficits, branch, v2, b.n)
  const ways = writeProgram(arena, steps, {
    stages,
    guard: 0,
    start: origin.start,
    variances: v1.before.map((_, k) => {
      const table = tableOf(v1, k)
      return [table, v1 === v2 ? table : tableOf(v2, k)] as const
    }),
    sums,
    last: steps.map(() => null),
    taken: steps.map(() => null),
    deficits,
    branch,
    // Equal positions are padding together.
    mixed: steps.map(() => null),
    end: { kind: 'sum', all: false, factor: 1 / (stages.at(-1) as Stage).groups },
  })
  const [out, out2] = [arena.room(a.n * width), ntk ? arena.room(a.n * width) : 0]
  const columnsOf = (i: number): number => (wanted === 'lower' ? i + 1 : b.n)
  const hasSame = (i: number, j: number): boolean => a === b && i >= j && i < j + COLUMNS
  const tasks: number[] = []
  for (let i = 0; i < a.n; i++) {
    for (let j = 0; j < columnsOf(i); j += COLUMNS) {
      const to = (i * width + j) * 8
      const { first, second, ld } = origin.ofChunk(i, j)
      const tangent = Math.max(tangents1[i] as number, ...tangents2.subarray(j, j + COLUMNS))
      // Equal samples have angles of 0 at all positions, by q and by deficits.
      const tries = tangent < Infinity && !hasSame(i, j)
      const program = tries ? ways.trying : ways.carrying
      tasks.push(program, first, second, i * 8, j * 8, ld, 0, out + to, out2 + to, 1, i, j, tangent)
    }
  }
  const read = (memory: Float64Array, at: number): Float64Array => {
    const matrix = new Float64Array(a.n * b.n)
    for (let i = 0; i < a.n; i++) {
      const from = at / 8 + i * width
      matrix.set(memory.subarray(from, from + columnsOf(i)), i * b.n)
    }
    return wanted === 'lower' ? mirrored(matrix, a.n) : matrix
  }
  return {
    tasks: Float64Array.from(tasks),
    area: areaOf(stages, 0),
    guard: 0,
    collect: (memory) => ({ nngp: read(memory, out), ntk: ntk ? read(memory, out2) : null }),
  }
}
