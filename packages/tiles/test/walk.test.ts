import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NtkError, type Tensor, tensorFromData, transpose } from '@ntk/tensor'
import { readNpy } from '@ntk/tensor/node'
import {
  type ComputeTile,
  type PlanOptions,
  pairsOf,
  planTiles,
  type TiledResult,
  type TileSink,
  type TileSize,
  type WalkProgress,
  walkTiles,
} from '@ntk/tiles'
import { directory, npyFiles, openDirectory, openNpyFiles, writeResultNpy } from '@ntk/tiles/node'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arraysOf, bits, computeOf, errorOf, folder, job, type Name, ownOf, wholeOf } from './helpers.js'

const walk = (
  plan: PlanOptions,
  dtype: 'float64' | 'float32',
  trailing: readonly number[] = [],
  options: {
    sink?: TileSink
    shard?: string
    onProgress?: (p: WalkProgress) => void
    signal?: AbortSignal
    compute?: ComputeTile<Name>
    splits?: boolean
  } = {},
): Promise<TiledResult<Name>> =>
  walkTiles({
    what: 'The walk',
    plan: planTiles(plan),
    arrays: arraysOf(dtype, trailing),
    compute: computeOf(plan, trailing),
    job: job(),
    ...options,
  })

const side = fc.integer({ min: 1, max: 17 })
const plans = fc
  .record({ n1: side, n2: side, symmetric: fc.boolean(), rows: side, cols: side })
  .map(({ n1, n2, symmetric, rows, cols }) => ({
    n1,
    n2: symmetric ? n1 : n2,
    symmetric,
    tile: { rows, cols },
  }))

/** What a device says where it has no room. */
const short = new NtkError('memory', { what: 'A buffer of 4 GiB does not fit.', got: '3 GiB in use' })

describe.each(['float64', 'float32'] as const)('%s', (dtype) => {
  const round = dtype === 'float64' ? Float64Array : Float32Array

  test.each([[[]], [[2, 2, 3, 3]], [[3]]] as const)(
    'every pair of a result in memory is what was computed, mirrored with its axes %j exchanged',
    async (trailing) => {
      await fc.assert(
        fc.asyncProperty(plans, async (plan) => {
          const result = await walk(plan, dtype, trailing)
          const k = await result.toTensor('k')
          expect(k.shape).toEqual([plan.n1, plan.n2, ...trailing])
          expect(k.dtype).toBe(dtype)
          // Of trailing axes that are not exchanged the numbers are those of (i, j) for j <= i alone.
          if (trailing.length !== 1) expect(await k.data()).toEqual(round.from(wholeOf(plan, trailing)))
          const own = await (await result.toTensor('own1')).data()
          expect(own).toEqual(new round(plan.n1).map((_, i) => ownOf(i)))
          const own2 = await (await result.toTensor('own2')).data()
          expect(own2).toEqual(new round(2 * plan.n2).map((_, i) => -ownOf(i)))
        }),
        { numRuns: 60 },
      )
    },
  )

  test.each([[[]], [[2, 2, 3, 3]]] as const)(
    'tiles that do not fit in the memory of a device are computed in parts, with the same bits, trailing axes %j',
    async (trailing) => {
      await fc.assert(
        fc.asyncProperty(plans, fc.integer({ min: 1, max: 40 }), async (plan, most) => {
          const compute = computeOf(plan, trailing)
          const sizes: number[] = []
          let split: TileSize | undefined
          const limited: ComputeTile<Name> = async (tile, context) => {
            const pairs = pairsOf(tile)
            if (pairs > most) throw short
            sizes.push(pairs)
            return compute(tile, context)
          }
          const parts = await walk(plan, dtype, trailing, {
            compute: limited,
            onProgress: (progress) => {
              split = progress.split
            },
          })
          const whole = await walk(plan, dtype, trailing)
          for (const name of ['k', 'own1', 'own2'] as const)
            expect(await bits(await parts.toTensor(name))).toBe(await bits(await whole.toTensor(name)))
          const { tiles } = planTiles(plan)
          const fits = tiles.every((tile) => pairsOf(tile) <= most)
          expect(sizes.length > tiles.length).toBe(!fits)
          expect(split === undefined).toBe(fits)
          if (split !== undefined) expect(split.rows * split.cols).toBeLessThanOrEqual(most)
        }),
        { numRuns: 60 },
      )
    },
  )

  test('a symmetric result is symmetric to the bit', async () => {
    const result = await walk({ n1: 13, n2: 13, symmetric: true, tile: 4 }, dtype)
    const rows = (await result.toTensor('k')).toNested() as number[][]
    rows.forEach((row, i) => row.forEach((v, j) => expect(v).toBe(rows[j]?.[i])))
  })

  test.each([[[]], [[2, 2, 3, 3]], [[3]]] as const)(
    'npy files and directories hold the bits of the result in memory, trailing axes %j',
    async (trailing) => {
      await fc.assert(
        fc.asyncProperty(plans, fc.nat(), async (plan, random) => {
          const root = folder()
          const memory = await walk(plan, dtype, trailing)
          const paths = { k: join(root, 'k.npy'), own1: join(root, 'own1.npy'), own2: join(root, 'own2.npy') }
          const files = await walk(plan, dtype, trailing, { sink: npyFiles(paths) })
          const tiles = await walk(plan, dtype, trailing, { sink: directory(join(root, 'tiles')) })
          const again = await openDirectory(join(root, 'tiles'))
          const opened = await openNpyFiles(paths)
          for (const name of ['k', 'own1', 'own2'] as const) {
            const whole = await memory.toTensor(name)
            const want = await bits(whole)
            expect(await bits(await readNpy(paths[name]))).toBe(want)
            await writeResultNpy(join(root, 'copy.npy'), tiles, name)
            expect(readFileSync(join(root, 'copy.npy')).equals(readFileSync(paths[name]))).toBe(true)
            const n = whole.shape[0] as number
            const start = random % n
            const stop = start + 1 + (random % (n - start))
            const rows = await memory.readRows(name, start, stop)
            for (const other of [files, tiles, again, opened]) {
              expect(other.shape(name)).toEqual(whole.shape)
              expect(other.dtype(name)).toBe(dtype)
              expect(await bits(await other.toTensor(name))).toBe(want)
              const part = await other.readRows(name, start, stop)
              expect(part.shape).toEqual(rows.shape)
              expect(await bits(part)).toBe(await bits(rows))
            }
          }
        }),
        { numRuns: 15 },
      )
    },
  )

  test('shards of any number fill one directory with the bits of the whole', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.integer({ min: 1, max: 5 }), async (plan, count) => {
        const sink = directory(join(folder(), 'tiles'))
        let last: TiledResult<Name> | undefined
        for (let i = count; i >= 1; i--) last = await walk(plan, dtype, [], { sink, shard: `${i}/${count}` })
        expect(last?.complete).toBe(true)
        const want = await bits(await (await walk(plan, dtype)).toTensor('k'))
        expect(await bits(await (last as TiledResult<Name>).toTensor('k'))).toBe(want)
      }),
      { numRuns: 25 },
    )
  })
})

const plan = { n1: 20, n2: 20, symmetric: true, tile: 5 } as const

test('rows of a tile that was written in its place are left as they are', async () => {
  const result = await walkTiles({
    what: 'The walk',
    plan: planTiles({ n1: 4, n2: 6, symmetric: false, tile: 2 }),
    arrays: arraysOf('float64').slice(0, 1),
    job: job(),
    compute: async ({ rows, cols }, { whole }) => {
      const into = (await whole?.tensor('k').data()) as Float64Array
      for (let i = rows.start; i < rows.stop; i++) {
        for (let j = cols.start; j < cols.stop; j++) into[6 * i + j] = 10 * i + j
      }
      return {}
    },
  })
  expect((await result.readRows('k', 2, 3)).toNested()).toEqual([[20, 21, 22, 23, 24, 25]])
})

describe('while it runs', () => {
  test('progress counts pairs up to all, and those that were there before', async () => {
    const sink = directory(join(folder(), 'tiles'))
    const control = new AbortController()
    const seen: WalkProgress[] = []
    const onProgress = (p: WalkProgress): void => {
      seen.push(p)
      if (p.done === 100) control.abort()
    }
    expect(await errorOf(walk(plan, 'float64', [], { sink, onProgress, signal: control.signal }))).toMatch(
      /^aborted: The walk was stopped. Got 100 of 250 pairs/,
    )
    expect(seen.map((p) => p.done)).toEqual([25, 50, 75, 100])
    seen.length = 0
    await walk(plan, 'float64', [], { sink, onProgress })
    expect(seen.map((p) => p.done)).toEqual([100, 125, 150, 175, 200, 225, 250])
    expect(seen.every((p) => p.total === 250 && p.kept === 100)).toBe(true)
  })

  test('a shard counts its own pairs', async () => {
    const seen: WalkProgress[] = []
    const sink = directory(join(folder(), 'tiles'))
    await walk(plan, 'float64', [], { sink, shard: '2/2', onProgress: (p) => seen.push(p) })
    expect(seen.at(-1)).toEqual({ done: 125, total: 125, kept: 0 })
  })

  test('a signal that has fired stops it before anything is made', async () => {
    const path = join(folder(), 'tiles')
    const options = { sink: directory(path), signal: AbortSignal.abort() }
    expect(await errorOf(walk(plan, 'float64', [], options))).toMatch(/^aborted: /)
    expect(await errorOf(openDirectory(path))).toMatch(/^file: .*no directory of tiles/)
  })

  test('a timer fires while it runs', async () => {
    const control = new AbortController()
    setTimeout(() => control.abort(), 50)
    const slow = walkTiles({
      what: 'The walk',
      plan: planTiles({ n1: 1000, n2: 1000, symmetric: false, tile: 10 }),
      arrays: arraysOf('float64').slice(0, 1),
      job: job(),
      compute: ({ rows, cols }) => {
        for (const end = performance.now() + 5; performance.now() < end; );
        const [m, n] = [rows.stop - rows.start, cols.stop - cols.start]
        return { k: tensorFromData(new Float64Array(m * n), [m, n]) }
      },
      signal: control.signal,
    })
    expect(await errorOf(slow)).toMatch(/^aborted: /)
  })
})

describe('what is wrong has an error of its own', () => {
  const arrays = arraysOf('float64')
  const base = { what: 'The walk', plan: planTiles(plan), job: job() }
  const empty = tensorFromData(new Float64Array(1), [1])

  test.each([
    ['a shard in memory', () => walk(plan, 'float64', [], { shard: '1/2' }), /^option: .*directory/],
    [
      'a shard of an npy file',
      () => walk(plan, 'float64', [], { shard: '1/2', sink: npyFiles('k.npy') }),
      /^option: .*directory/,
    ],
    ['a wrong shard', () => walk(plan, 'float64', [], { shard: '3/2' }), /^option: .*'3\/2'/],
    [
      'a tile of the wrong size',
      () => walkTiles({ ...base, arrays, compute: () => ({ k: empty, own1: empty, own2: empty }) }),
      /^shape: Tile 0 has 25 numbers of k/,
    ],
    [
      'a tile without a result, on disk',
      () => walkTiles({ ...base, arrays, sink: directory(join(folder(), 't')), compute: () => ({}) }),
      /^value: .*must give k/,
    ],
    [
      'a name twice',
      () => walkTiles({ ...base, arrays: [...arrays, ...arrays], compute: () => ({}) }),
      /^option: .*each once/,
    ],
    [
      'axes that cannot be exchanged',
      () =>
        walkTiles({
          ...base,
          arrays: [{ ...arraysOf('float64')[0]!, trailing: [2, 3], exchanged: [[0, 1]] }],
          compute: () => ({}),
        }),
      /^option: .*one length/,
    ],
    [
      'rows that are not there',
      async () => (await walk(plan, 'float64')).readRows('k', 5, 21),
      /^index: .*5 to 21/,
    ],
    ['no rows', async () => (await walk(plan, 'float64')).readRows('k', 5, 5), /^index: /],
    [
      'an unknown name',
      async () => (await walk(plan, 'float64')).toTensor('x' as 'k'),
      /^option: .*k, own1, own2/,
    ],
    [
      'one npy file for three results',
      () => walk(plan, 'float64', [], { sink: npyFiles('k.npy') }),
      /^option: .*own1: 'own1.npy'/,
    ],
  ])('%s', async (_, run, message) => {
    expect(await errorOf(run())).toMatch(message)
  })
})

describe('blocks give each pair once', () => {
  test.each(['memory', 'npy', 'directory'] as const)('of a result in %s', async (where) => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const root = folder()
        const paths = { k: join(root, 'k.npy'), own1: join(root, 'own1.npy'), own2: join(root, 'own2.npy') }
        const sinks = { memory: undefined, npy: npyFiles(paths), directory: directory(join(root, 'tiles')) }
        const sink = sinks[where]
        const result = await walk(plan, 'float64', [2, 2, 3, 3], sink === undefined ? {} : { sink })
        // [n1, n2, 36], and how often each pair came
        const got = new Float64Array(plan.n1 * plan.n2 * 36)
        const times = new Float64Array(plan.n1 * plan.n2)
        for await (const { rows, cols, values, mirrored } of result.blocks('k')) {
          const width = cols.stop - cols.start
          expect(values.shape).toEqual([rows.stop - rows.start, width, 2, 2, 3, 3])
          const exchanged = transpose(values, [0, 1, 3, 2, 5, 4])
          for (let i = rows.start; i < rows.stop; i++) {
            for (let j = cols.start; j < cols.stop; j++) {
              const from = ((i - rows.start) * width + j - cols.start) * 36
              const put = (x: Tensor, pair: number): void => {
                got.set(x.dataSync().subarray(from, from + 36), pair * 36)
                times[pair] = (times[pair] as number) + 1
              }
              put(values, i * plan.n2 + j)
              if (mirrored) put(exchanged, j * plan.n2 + i)
            }
          }
        }
        expect(got).toEqual(wholeOf(plan, [2, 2, 3, 3]))
        expect(times.every((count) => count === 1)).toBe(true)
      }),
      { numRuns: 10 },
    )
  })

  test('and refuse what is not over pairs', async () => {
    const plan = { n1: 5, n2: 5, symmetric: true, tile: 2 }
    for (const sink of [undefined, directory(join(folder(), 'tiles'))]) {
      const result = await walk(plan, 'float64', [], sink === undefined ? {} : { sink })
      const read = async (): Promise<void> => {
        for await (const _ of result.blocks('own1')) break
      }
      expect(await errorOf(read())).toMatch(/^option: .*own1.*readRows/)
    }
  })
})

describe('A tile without room', () => {
  const plan = { n1: 6, n2: 5, symmetric: false, tile: 4 }
  const never: ComputeTile<Name> = () => {
    throw short
  }

  test('of one pair is an error that says what was needed and what else helps', async () => {
    const sizes: number[] = []
    const compute: ComputeTile<Name> = (tile) => {
      sizes.push(pairsOf(tile))
      throw short
    }
    const error = await errorOf(walk(plan, 'float64', [], { compute }))
    expect(error).toMatch(
      /^memory: The walk: One pair of samples does not fit.*A buffer of 4 GiB.*3 GiB in use/,
    )
    expect(sizes).toEqual([16, 4, 1])
  })

  test('is not split where its samples depend on each other, nor for another reason', async () => {
    expect(await errorOf(walk(plan, 'float64', [], { compute: never, splits: false }))).toMatch(
      /^memory: The walk: A tile of 4 x 4 samples does not fit.*depend on each other/,
    )
    let calls = 0
    const wrong: ComputeTile<Name> = () => {
      calls++
      throw new NtkError('value', { what: 'Something else.' })
    }
    expect(await errorOf(walk(plan, 'float64', [], { compute: wrong }))).toBe('value: Something else.')
    expect(calls).toBe(1)
  })

  test('once known is not tried again at its size', async () => {
    const tried: number[] = []
    const compute = computeOf(plan)
    const result = await walk(plan, 'float64', [], {
      compute: async (tile, context) => {
        tried.push(pairsOf(tile))
        if (pairsOf(tile) > 4) throw short
        return compute(tile, context)
      },
    })
    expect(result.complete).toBe(true)
    // 4 x 4, 4 x 1, 2 x 4 and 2 x 1
    expect(tried.filter((pairs) => pairs > 4)).toEqual([16, 8])
  })
})
