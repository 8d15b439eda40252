import { lengthOf, pairsOf, parseShard, planTiles, type Tile, tilesOfShard } from '@ntk/tiles'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { errorOf } from './helpers.js'

const side = fc.integer({ min: 1, max: 40 })
const shapes = fc
  .record({ n1: side, n2: side, symmetric: fc.boolean(), rows: side, cols: side })
  .map((s) => ({
    n1: s.n1,
    n2: s.symmetric ? s.n1 : s.n2,
    symmetric: s.symmetric,
    tile: { rows: s.rows, cols: s.cols },
  }))

/** How often each pair of samples is in a tile. */
function coverage(tiles: readonly Tile[], n1: number, n2: number): number[][] {
  const counts = Array.from({ length: n1 }, () => new Array<number>(n2).fill(0))
  for (const { rows, cols } of tiles) {
    for (let i = rows.start; i < rows.stop; i++) {
      for (let j = cols.start; j < cols.stop; j++) (counts[i] as number[])[j] = (counts[i]?.[j] ?? 0) + 1
    }
  }
  return counts
}

test('a plan has every pair exactly once, or every pair on and below the diagonal and its mirror image', () => {
  fc.assert(
    fc.property(shapes, (options) => {
      const { tiles } = planTiles(options)
      const counts = coverage(tiles, options.n1, options.n2)
      for (let i = 0; i < options.n1; i++) {
        for (let j = 0; j < options.n2; j++) {
          if (!options.symmetric || j <= i) expect(counts[i]?.[j]).toBe(1)
          else expect((counts[i]?.[j] as number) + (counts[j]?.[i] as number)).toBeLessThanOrEqual(2)
        }
      }
    }),
  )
})

test('a symmetric plan has nothing above the diagonal but in blocks of rows with themselves', () => {
  fc.assert(
    fc.property(shapes, (options) => {
      for (const { rows, cols } of planTiles({ ...options, n2: options.n1, symmetric: true }).tiles) {
        expect(cols.stop <= rows.start || (cols.start === rows.start && cols.stop === rows.stop)).toBe(true)
      }
    }),
  )
})

test('each block of rows has one tile that gives its terms, and each block of columns too', () => {
  fc.assert(
    fc.property(shapes, (options) => {
      const { tiles } = planTiles(options)
      for (const [gives, block, n] of [
        ['givesRows', 'rows', options.n1],
        ['givesCols', 'cols', options.n2],
      ] as const) {
        const counts = new Array<number>(n).fill(0)
        for (const tile of tiles.filter((t) => t[gives])) {
          for (let i = tile[block].start; i < tile[block].stop; i++) counts[i] = (counts[i] as number) + 1
        }
        expect(counts).toEqual(new Array<number>(n).fill(1))
      }
    }),
  )
})

test('shards are the plan, each tile in one of them, with as many pairs each to within a tile', () => {
  fc.assert(
    fc.property(shapes, fc.integer({ min: 1, max: 9 }), (options, count) => {
      const plan = planTiles(options)
      const shards = Array.from({ length: count }, (_, i) => tilesOfShard(plan, { index: i + 1, count }))
      expect(shards.flat().map((tile) => tile.id)).toEqual(plan.tiles.map((_, id) => id))
      const sizes = shards.map((tiles) => tiles.reduce((sum, tile) => sum + pairsOf(tile), 0))
      const largest = Math.max(...plan.tiles.map(pairsOf))
      const share = plan.tiles.reduce((sum, tile) => sum + pairsOf(tile), 0) / count
      for (const size of sizes) expect(Math.abs(size - share)).toBeLessThanOrEqual(largest)
    }),
  )
})

test('a plan is a function of its options: twice the same, with ids in order', () => {
  fc.assert(
    fc.property(shapes, (options) => {
      const { tiles } = planTiles(options)
      expect(planTiles(options).tiles).toEqual(tiles)
      tiles.forEach(({ id, rows }, i) => {
        expect(id).toBe(i)
        expect(lengthOf(rows)).toBeGreaterThan(0)
      })
    }),
  )
})

test.each(['', '1', '0/2', '3/2', '1/0', '-1/2', '1/2/3', 'a/b', '1 / 2', '1.5/2'])(
  "the shard '%s' is a named error",
  async (text) => {
    expect(await errorOf((async () => parseShard(text))())).toMatch(/^option: .*'i\/n'/)
  },
)

test.each([
  [{ n1: 0, n2: 3, symmetric: false, tile: 1 }, /n1/],
  [{ n1: 3, n2: 3, symmetric: false, tile: 0 }, /tile/],
  [{ n1: 3, n2: 3, symmetric: false, tile: { rows: 2, cols: 1.5 } }, /cols/],
  [{ n1: 3, n2: 4, symmetric: true, tile: 1 }, /symmetric/],
] as const)('a plan of %j is a named error', async (options, message) => {
  const error = await errorOf((async () => planTiles(options))())
  expect(error).toMatch(/^option: /)
  expect(error).toMatch(message)
})
