import { count, word } from './windows'

/**
 * Chunks, as ./space.ts describes them, from and to blocks that lie in memory: matrices of positions of x1 and x2, a row a position of
 * x1, `ld` bytes from row to row. A group is found by its two places: so many rows down, and so many bytes to the right, a place.
 */

/** Chunk ← what it covers of a block. */
export function readBlock(record: usize, block: usize, chunk: usize, ld: usize): void {
  const groups = count(record, 1)
  const rows = count(record, 2)
  const n = count(record, 3)
  const ldChunk = word(record, 4)
  const used = count(record, 5)
  let table = word(record, 7)
  const down = word(record, 8) * ld
  const right = word(record, 9)
  for (let g = 0; g < groups; g++) {
    let from = block + <usize>load<i32>(table) * down + <usize>load<i32>(table, 4) * right
    table += 8
    for (let r = 0; r < rows; r++) {
      copyRow(from, chunk, used)
      for (let c = used; c < n; c++) store<f64>(chunk + (<usize>c << 3), 0)
      from += ld
      chunk += ldChunk
    }
  }
}

/** What a chunk covers of a block ← chunk. */
export function writeBlock(record: usize, chunk: usize, block: usize, ld: usize): void {
  const groups = count(record, 1)
  const rows = count(record, 2)
  const ldChunk = word(record, 4)
  const used = count(record, 5)
  let table = word(record, 7)
  const down = word(record, 8) * ld
  const right = word(record, 9)
  for (let g = 0; g < groups; g++) {
    let to = block + <usize>load<i32>(table) * down + <usize>load<i32>(table, 4) * right
    table += 8
    for (let r = 0; r < rows; r++) {
      copyRow(chunk, to, used)
      to += ld
      chunk += ldChunk
    }
  }
}

@inline
function copyRow(src: usize, dst: usize, n: i32): void {
  let c = 0
  for (; c + 2 <= n; c += 2) v128.store(dst + (<usize>c << 3), v128.load(src + (<usize>c << 3)))
  if (c < n) store<f64>(dst + (<usize>c << 3), load<f64>(src + (<usize>c << 3)))
}
