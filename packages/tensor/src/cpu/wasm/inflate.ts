/**
 * DEFLATE (RFC 1951) for the one module that the package carries: it has to be there at once, where browsers decompress in
 * promises alone, and no dependency is loaded for it.
 */

type Range = readonly [base: number, bits: number]

/** Bases and extra bits (Section 3.2.5): a base is the one before and all that its bits can say. */
function rangesOf(first: number, bits: readonly number[]): Range[] {
  let base = first
  return bits.map((count) => {
    const range: Range = [base, count]
    base += 1 << count
    return range
  })
}

/** `0 0 1 1 2 2` for three numbers, each twice. */
const each = (numbers: number, times: number): number[] =>
  Array.from({ length: numbers * times }, (_, i) => Math.floor(i / times))

// The longest, 258, has a code of its own without bits.
const lengths: readonly Range[] = [...rangesOf(3, [0, 0, 0, 0, ...each(6, 4)]), [258, 0]]
const distances: readonly Range[] = rangesOf(1, [0, 0, ...each(14, 2)])

/** The order in which lengths of the codes of code lengths are written (Section 3.2.7). */
const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

/** A canonical Huffman code: how many codes have each length, and symbols in the order of their codes. */
interface Code {
  readonly counts: readonly number[]
  readonly symbols: readonly number[]
}

function codeOf(lengthOf: readonly number[]): Code {
  const all = lengthOf.map((length, symbol) => ({ length, symbol })).filter(({ length }) => length > 0)
  return {
    counts: Array.from({ length: 16 }, (_, at) => all.filter(({ length }) => length === at).length),
    symbols: all.sort((a, b) => a.length - b.length || a.symbol - b.symbol).map(({ symbol }) => symbol),
  }
}

const fixedLengths = Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))

/** Bytes of a known number out of raw DEFLATE that is whole and right, as a build has made it. */
export function inflate(packed: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(length)
  let filled = 0
  let at = 0
  const end = 8 * packed.length

  const more = (): void => {
    if (at >= end) throw new Error('inflate: the bytes end too early')
  }

  const take = (count: number): number => {
    if (count > 0) more()
    let value = 0
    for (let i = 0; i < count; i++, at++) value |= (((packed[at >> 3] as number) >> (at & 7)) & 1) << i
    return value
  }

  // Codes of one length are numbers in a row; `first` and `index` are the first of a length and its place among symbols.
  const symbolOf = ({ counts, symbols }: Code): number => {
    more()
    let code = 0
    let first = 0
    let index = 0
    for (let bits = 1; bits < 16; bits++, at++) {
      code |= ((packed[at >> 3] as number) >> (at & 7)) & 1
      const count = counts[bits] as number
      if (code - count < first) {
        at++
        return symbols[index + code - first] as number
      }
      index += count
      first = (first + count) << 1
      code <<= 1
    }
    throw new Error('inflate: no such code')
  }

  const rangeOf = (ranges: readonly Range[], at: number): number => {
    const [base, bits] = ranges[at] as Range
    return base + take(bits)
  }

  const readCodes = (): [literals: Code, distances: Code] => {
    const [literals, distances, count] = [take(5) + 257, take(5) + 1, take(4) + 4]
    const lengthOf = new Array<number>(19).fill(0)
    for (const symbol of order.slice(0, count)) lengthOf[symbol] = take(3)
    const code = codeOf(lengthOf)
    const all: number[] = []
    while (all.length < literals + distances) {
      const symbol = symbolOf(code)
      if (symbol < 16) all.push(symbol)
      else {
        const repeated = symbol === 16 ? (all.at(-1) as number) : 0
        const times = symbol === 16 ? take(2) + 3 : symbol === 17 ? take(3) + 3 : take(7) + 11
        for (let i = 0; i < times; i++) all.push(repeated)
      }
    }
    return [codeOf(all.slice(0, literals)), codeOf(all.slice(literals))]
  }

  const readBlock = ([literalCode, distanceCode]: readonly [Code, Code]): void => {
    for (;;) {
      const symbol = symbolOf(literalCode)
      if (symbol === 256) return
      if (symbol < 256) out[filled++] = symbol
      else {
        const stop = filled + rangeOf(lengths, symbol - 257)
        const distance = rangeOf(distances, symbolOf(distanceCode))
        for (; filled < stop; filled++) out[filled] = out[filled - distance] as number
      }
    }
  }

  for (let last = 0; last === 0; ) {
    last = take(1)
    const kind = take(2)
    if (kind === 0) {
      at = (at + 7) & ~7
      const count = take(16)
      const from = (at >> 3) + 2
      out.set(packed.subarray(from, from + count), filled)
      filled += count
      at = (from + count) << 3
    } else readBlock(kind === 1 ? [codeOf(fixedLengths), codeOf(new Array(30).fill(5))] : readCodes())
  }
  if (filled !== length) throw new Error(`inflate: ${filled} bytes of ${length}`)
  return out
}
