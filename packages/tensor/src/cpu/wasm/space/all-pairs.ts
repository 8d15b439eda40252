import type { Shape } from '../../../shape.js'
import { eights, fours } from '../dual/steps.js'
import { type BlockPlace, blocksIn, panelsOf } from './blocks.js'
import { branchOf, deficitPlan, type MixedPairs, mixedPairs, mixedTables, tangentsOf } from './deficits.js'
import { readsVariances } from './instructions.js'
import { type Job, mirrored, type Request } from './job.js'
import type { Arena } from './memory.js'
import { type PairClass, pairClasses } from './plan.js'
import {
  areaOf,
  type BlockPlaces,
  type Side,
  type Stage,
  type Start,
  type VarianceTable,
  writeProgram,
} from './program.js'
import { isSame, pairsOf, product, type Samples } from './samples.js'
import { linesTable, seriesReader } from './series.js'
import { reach } from './shifts.js'

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

/** Where a pair finds what it starts from: addresses of K or x1 and of Θ or x2, and bytes from row to row of blocks. */
interface StartOfPair {
  readonly first: number
  readonly second: number
  readonly ld: number
}

interface StartPlaces {
  readonly start: Start
  ofPair(pair: number, i: number, j: number): StartOfPair
}

function startOf(arena: Arena, { a, b, from, space, wanted }: Request): StartPlaces {
  const width = space.at(-1) as number
  const leading = product(space) / width
  if (from.kind === 'blocks') {
    const [nngp, ntk] = [arena.floats(from.nngp), from.ntk === null ? 0 : arena.floats(from.ntk)]
    const blocks = blocksIn(from.panels, wanted, b.n)
    return {
      start: blockPlaces(width),
      ofPair: (pair) => {
        const { at, ld } = blocks[pair] as BlockPlace
        return { first: nngp + 8 * at, second: ntk + 8 * at, ld: 8 * ld }
      },
    }
  }
  const columns = fours(width)
  const sideOf = (samples: Samples): Side => ({
    at: arena.floats(channelsFirst(samples, columns)),
    group: columns * 8,
    row: 8,
    channel: leading * columns * 8,
  })
  const first = sideOf(a)
  const sides = [first, a === b ? first : sideOf(b)] as const
  const perSample = a.channels * leading * columns * 8
  return {
    start: { kind: 'data', sides, channels: a.channels },
    ofPair: (_, i, j) => ({ first: i * perSample, second: j * perSample, ld: 0 }),
  }
}

/** Groups are pairs of places along the leading axes, of `width` positions each. */
const blockPlaces = (width: number): BlockPlaces => ({ kind: 'blocks', down: width, right: width * 8 })

/** Chunks of one pair of samples: all pairs of positions whose places along the leading axes differ by the same. */
export function allPairs(arena: Arena, request: Request): Job {
  const { a, b, end, ntk, steps, wanted, v1, v2, sizes, part = null } = request
  const windows = steps.map((step) => (step.kind === 'window' ? (step.axes.at(-1) ?? null) : null))
  const widths = sizes.map((s) => s.at(-1) as number)
  const columns = widths.map(fours)
  const leading = sizes.map((s) => product(s.slice(0, -1)))
  const guard = 32 * Math.ceil(reach(windows, widths) / 4)
  const stride = Math.max(...leading.map((count, s) => count * (columns[s] as number)))
  const places = startOf(arena, request)
  const readers = steps.flatMap((step, s) => (readsVariances(step) ? [s] : []))
  const tableOf = (v: typeof v1, samples: number, k: number): VarianceTable => {
    const s = readers[k] as number
    const [n, width] = [columns[s] as number, widths[s] as number]
    const reader = seriesReader(steps[s], k, [
      [v1, a],
      [v2, b],
    ])
    if (reader !== null) {
      const [places, perPlace] = [leading[s] as number, eights(width)]
      const layout = { capacity: v.capacity, samples, width, n: perPlace, stride: places * perPlace }
      return linesTable(arena, reader, samplesFirst(v.before[k] as Float64Array, layout), perPlace, places)
    }
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
  const classes = pairClasses(steps, request.space)
  const isHere = (c: number): boolean => part === null || c % part.of === part.index
  const stages = stagesOf(classes, widths, leading, guard)
  const last = sizes.at(-1) as Shape
  const count = product(last)
  const deficits = deficitPlan(steps, request.from.kind === 'data')
  const branch = branchOf(steps, deficits)
  const tangents1 = tangentsOf(steps, deficits, branch, v1, a.n)
  const tangents2 = v1 === v2 ? tangents1 : tangentsOf(steps, deficits, branch, v2, b.n)
  const mixed = mixedPairs(steps, sizes)
  const tableOfMixed = mixedTables()
  const mixedOf = stages.map((own, c) =>
    steps.map(({ kind }, s) => {
      if (!isHere(c) || kind !== 'abRelu' || deficits.live[s] !== true) return null
      const { places: pairs } = own[s] as Stage
      return tableOfMixed(mixed[s] as (typeof mixed)[number], sizes[s] as Shape, pairs)
    }),
  )
  const programs = classes.map(({ sums, taken }, c) => {
    if (!isHere(c)) return null
    return writeProgram(arena, steps, {
      stages: stages[c] as Stage[],
      guard,
      start: places.start,
      variances,
      sums,
      last: windows,
      taken,
      deficits,
      branch,
      mixed: mixedOf[c] as (MixedPairs | null)[],
      end:
        end === 'blocks'
          ? blockPlaces(last.at(-1) as number)
          : { kind: 'sum', all: true, factor: end === 'sumOfAll' ? 1 : 1 / count ** 2 },
    })
  })
  const pairs = pairsOf(wanted, a.n, b.n)
  const parts = pairs.map(([i, j]) => {
    // Of a sample with itself what one class makes is the transpose of what its mirror makes: the same sum.
    const halved = end !== 'blocks' && isSame(a, i, b, j)
    return classes.flatMap(({ mirror, isOwnMirror }, c) => {
      const ways = programs[c] ?? null
      return ways === null || (halved && mirror < c) ? [] : [{ ways, factor: halved && !isOwnMirror ? 2 : 1 }]
    })
  })
  const panels = panelsOf(wanted, a.n, b.n, count)
  const blocks = blocksIn(panels, wanted, b.n)
  const total = end === 'blocks' ? panels.elements : parts.reduce((sum, list) => sum + list.length, 0)
  const [out, out2] = [arena.room(total), ntk ? arena.room(total) : 0]
  const tasks: number[] = []
  let to = 0
  pairs.forEach(([i, j], pair) => {
    const { first, second, ld } = places.ofPair(pair, i, j)
    const block = blocks[pair] as BlockPlace
    const tangent = Math.max(tangents1[i] as number, tangents2[j] as number)
    for (const { ways, factor } of parts[pair] ?? []) {
      const program = tangent < Infinity ? ways.trying : ways.carrying
      const place = end === 'blocks' ? 8 * block.at : to
      tasks.push(program, first, second, i * stride * 8, j * stride * 8, ld, block.ld * 8)
      tasks.push(out + place, out2 + place, factor, i, j, tangent)
      to += 8
    }
  })
  const read = (memory: Float64Array, at: number): Float64Array => {
    if (end === 'blocks') return memory.slice(at / 8, at / 8 + total)
    const own = wanted === 'own'
    const matrix = new Float64Array(own ? a.n : a.n * b.n)
    let from = at / 8
    pairs.forEach(([i, j], pair) => {
      let sum = 0
      for (let k = (parts[pair] ?? []).length; k > 0; k--) sum += memory[from++] as number
      matrix[own ? i : i * b.n + j] = sum
    })
    return wanted === 'lower' ? mirrored(matrix, a.n) : matrix
  }
  return {
    tasks: Float64Array.from(tasks),
    area: Math.max(...stages.map((own) => areaOf(own, guard))),
    guard,
    collect: (memory) => ({ nngp: read(memory, out), ntk: ntk ? read(memory, out2) : null }),
  }
}

/** How each class lies in memory before each step: equal lists of pairs have one table. */
function stagesOf(
  classes: readonly PairClass[],
  widths: readonly number[],
  leading: readonly number[],
  guard: number,
): Stage[][] {
  const known = new Map<number, Map<readonly number[], Int32Array>>()
  const placesOf = (list: readonly number[], count: number): Int32Array => {
    const own = known.get(count) ?? new Map<readonly number[], Int32Array>()
    known.set(count, own)
    const made = own.get(list)
    if (made !== undefined) return made
    const places = new Int32Array(2 * list.length)
    list.forEach((pair, g) => {
      places[2 * g] = Math.floor(pair / count)
      places[2 * g + 1] = pair % count
    })
    own.set(list, places)
    return places
  }
  return classes.map(({ pairs }) =>
    pairs.map((list, s) => {
      const used = widths[s] as number
      const n = fours(used)
      const places = placesOf(list, leading[s] as number)
      return { groups: list.length, rows: used, used, n, ld: n * 8 + guard, places }
    }),
  )
}
