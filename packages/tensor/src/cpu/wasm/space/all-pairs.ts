import { fours } from '../dual/steps.js'
import { readsVariances } from './instructions.js'
import { type Job, mirrored, product, type Request, type Samples } from './job.js'
import type { Arena } from './memory.js'
import { type PairClass, pairClasses } from './plan.js'
import { areaOf, reach, type Side, type Stage, type VarianceTable, writeProgram } from './program.js'

/** Variances [places, width, capacity] as [samples, stride]: of each sample its places, each `n` columns of which `width` are used. */
function samplesFirst(
  v: Float64Array,
  {
    capacity,
    samples,
    width,
    n,
    stride,
  }: Readonly<Record<'capacity' | 'samples' | 'width' | 'n' | 'stride', number>>,
): Float64Array {
  const places = v.length / capacity / width
  const out = new Float64Array(samples * stride)
  for (let i = 0; i < samples; i++) {
    for (let p = 0; p < places; p++) {
      for (let w = 0; w < width; w++) {
        out[i * stride + p * n + w] = v[(p * width + w) * capacity + i] as number
      }
    }
  }
  return out
}

/** x [n, places, last axis, channels] as [n, channels, places, columns]. */
function channelsFirst({ x, n, channels, space }: Samples, columns: number): Float64Array {
  const width = space.at(-1) as number
  const places = product(space) / width
  const out = new Float64Array(n * channels * places * columns)
  let from = 0
  for (let i = 0; i < n; i++) {
    for (let p = 0; p < places; p++) {
      for (let w = 0; w < width; w++) {
        for (let c = 0; c < channels; c++) {
          out[((i * channels + c) * places + p) * columns + w] = x[from++] as number
        }
      }
    }
  }
  return out
}

/** Whether two samples hold the same numbers: then their pair is one of a sample with itself. */
function isSame(a: Samples, i: number, b: Samples, j: number): boolean {
  if (a === b && i === j) return true
  const width = a.x.length / a.n
  for (let k = 0; k < width; k++) if (a.x[i * width + k] !== b.x[j * width + k]) return false
  return true
}

/** Chunks of one pair of samples: all pairs of positions whose places along the leading axes differ by the same. */
export function allPairs(arena: Arena, request: Request): Job {
  const { a, b, params, steps, v1, v2, sizes } = request
  const windows = steps.map((step) => (step.kind === 'window' ? (step.axes.at(-1) ?? null) : null))
  const widths = sizes.map((s) => s.at(-1) as number)
  const columns = widths.map(fours)
  const leading = sizes.map((s) => product(s.slice(0, -1)))
  const guard = 32 * Math.ceil(reach(windows, widths) / 4)
  const stride = Math.max(...leading.map((count, s) => count * (columns[s] as number)))
  const sideOf = (samples: Samples): Side => ({
    at: arena.floats(channelsFirst(samples, columns[0] as number)),
    group: (columns[0] as number) * 8,
    row: 8,
    channel: (leading[0] as number) * (columns[0] as number) * 8,
  })
  const perSample = a.channels * (leading[0] as number) * (columns[0] as number)
  const first = sideOf(a)
  const second = a === b ? first : sideOf(b)
  const readers = steps.flatMap((step, s) => (readsVariances(step) ? [s] : []))
  const tableOf = (v: typeof v1, samples: number, k: number): VarianceTable => {
    const s = readers[k] as number
    const [n, width] = [columns[s] as number, widths[s] as number]
    const laid = (x: Float64Array): number =>
      arena.floats(samplesFirst(x, { capacity: v.capacity, samples, width, n, stride }))
    return {
      before: { at: laid(v.before[k] as Float64Array), group: n * 8, row: 8, channel: 0 },
      roots: laid(v.roots[k] as Float64Array),
    }
  }
  const variances = readers.map((_, k) => {
    const table = tableOf(v1, a.n, k)
    return [table, v1 === v2 ? table : tableOf(v2, b.n, k)] as const
  })
  const classes = pairClasses(steps, a.space)
  const known = new Map<string, Map<readonly number[], Int32Array>>()
  const placesOf = (list: readonly number[], count: number): Int32Array => {
    const own = known.get(`${count}`) ?? new Map<readonly number[], Int32Array>()
    const places =
      own.get(list) ?? Int32Array.from(list.flatMap((pair) => [Math.floor(pair / count), pair % count]))
    known.set(`${count}`, own.set(list, places))
    return places
  }
  const stagesOf = ({ pairs }: PairClass): Stage[] =>
    pairs.map((list, s) => {
      const count = leading[s] as number
      const [used, n] = [widths[s] as number, columns[s] as number]
      const places = placesOf(list, count)
      return { groups: list.length, rows: used, used, n, ld: n * 8 + guard, places }
    })
  const all = classes.map(stagesOf)
  const count = product(sizes.at(-1) as readonly number[])
  const programs = classes.map(({ sums, taken }, c) =>
    writeProgram(arena, steps, {
      stages: all[c] as Stage[],
      guard,
      data: [first, second],
      channels: a.channels,
      variances,
      sums,
      last: windows,
      taken,
      end: { all: true, factor: params.end === 'sumOfAll' ? 1 : 1 / count ** 2 },
    }),
  )
  const pairs = pairsOf(request)
  const parts = pairs.map(([i, j]) => {
    const same = isSame(a, i, b, j)
    return classes.flatMap(({ mirror, isOwnMirror }, c) =>
      same && mirror < c ? [] : [{ program: programs[c] as number, factor: same && !isOwnMirror ? 2 : 1 }],
    )
  })
  const total = parts.reduce((sum, list) => sum + list.length, 0)
  const [out, out2] = [arena.room(total), params.ntk ? arena.room(total) : 0]
  const tasks: number[] = []
  let to = 0
  pairs.forEach(([i, j], pair) => {
    for (const { program, factor } of parts[pair] ?? []) {
      const [x1, x2, w1, w2] = [i * perSample, j * perSample, i * stride, j * stride].map((at) => at * 8)
      tasks.push(
        program,
        x1 as number,
        x2 as number,
        w1 as number,
        w2 as number,
        0,
        0,
        out + to,
        out2 + to,
        factor,
        0,
        0,
      )
      to += 8
    }
  })
  const read = (memory: Float64Array, at: number): Float64Array => {
    const own = request.wanted === 'own'
    const matrix = new Float64Array(own ? a.n : a.n * b.n)
    let from = at / 8
    pairs.forEach(([i, j], pair) => {
      let sum = 0
      for (let k = (parts[pair] ?? []).length; k > 0; k--) sum += memory[from++] as number
      matrix[own ? i : i * b.n + j] = sum
    })
    return request.wanted === 'lower' ? mirrored(matrix, a.n) : matrix
  }
  return {
    tasks: Float64Array.from(tasks),
    area: Math.max(...all.map((stages) => areaOf(stages, guard))),
    guard,
    collect: (memory) => ({ nngp: read(memory, out), ntk: params.ntk ? read(memory, out2) : null }),
  }
}

function pairsOf({ a, b, wanted }: Request): [number, number][] {
  if (wanted === 'own') return Array.from({ length: a.n }, (_, i) => [i, i])
  return Array.from({ length: a.n }, (_, i) =>
    Array.from({ length: wanted === 'lower' ? i + 1 : b.n }, (__, j): [number, number] => [i, j]),
  ).flat()
}
