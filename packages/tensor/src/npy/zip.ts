/** Zip archives as numpy writes them, read from their directory: stored and deflated entries, of any size (zip64). */
import { Inflate } from 'fflate'
import { crc32 } from '../crc32.js'

/** A file of an archive, by its directory. */
export interface ZipEntry {
  readonly name: string
  readonly method: 'stored' | 'deflated'
  readonly crc: number
  /** Bytes of the file. */
  readonly size: number
  /** Its bytes in the archive. */
  readonly packed: Uint8Array
}

/** What is wrong with an archive, for the message of whoever reads it. */
export class ZipFault extends Error {}

const endMark = 0x06054b50
const entryMark = 0x02014b50
const localMark = 0x04034b50
const end64Mark = 0x06064b50
const locator64Mark = 0x07064b50

/** Deflate turns a byte into no more than this many. */
const mostExpansion = 1032

const viewOf = (b: Uint8Array): DataView => new DataView(b.buffer, b.byteOffset, b.byteLength)

/** Reads of numbers that end in a fault where the bytes end before. */
function reader(bytes: Uint8Array) {
  const view = viewOf(bytes)
  const need = (at: number, n: number): void => {
    if (!(at >= 0 && at + n <= bytes.length)) throw new ZipFault('an end before its directory says so')
  }
  return {
    u16: (at: number): number => (need(at, 2), view.getUint16(at, true)),
    u32: (at: number): number => (need(at, 4), view.getUint32(at, true)),
    u64: (at: number): number => (need(at, 8), Number(view.getBigUint64(at, true))),
    slice: (at: number, n: number): Uint8Array => (need(at, n), bytes.subarray(at, at + n)),
  }
}

type Reader = ReturnType<typeof reader>

/** Where the directory begins, and how many entries it has. */
function findDirectory(r: Reader, length: number): { at: number; count: number } {
  let end = length - 22
  const earliest = Math.max(0, end - 0xffff)
  while (end >= earliest && r.u32(end) !== endMark) end--
  if (end < earliest) throw new ZipFault(length === 0 ? '0 bytes' : 'no directory at its end')
  const found = { at: r.u32(end + 16), count: r.u16(end + 10) }
  if (found.at !== 0xffffffff && found.count !== 0xffff) return found
  if (end < 20 || r.u32(end - 20) !== locator64Mark) return found
  const end64 = r.u64(end - 12)
  if (r.u32(end64) !== end64Mark) throw new ZipFault('a directory of another kind than its end says')
  return { at: r.u64(end64 + 48), count: r.u64(end64 + 32) }
}

function nameOf(raw: Uint8Array, isUtf8: boolean): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(raw)
  } catch {
    if (isUtf8) throw new ZipFault('a name that is no UTF-8')
    return new TextDecoder('latin1').decode(raw)
  }
}

/** The zip64 numbers of an entry, in order, for those of the directory that are too large for 32 bits. */
function widen(extra: Uint8Array, sizes: { size: number; packed: number; local: number }): void {
  const r = reader(extra)
  for (let at = 0; at + 4 <= extra.length; at += 4 + r.u16(at + 2)) {
    if (r.u16(at) !== 1) continue
    let next = at + 4
    for (const key of ['size', 'packed', 'local'] as const) {
      if (sizes[key] !== 0xffffffff) continue
      sizes[key] = r.u64(next)
      next += 8
    }
  }
}

const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])

/** The files of an archive, folders left out. Throws ZipFault on a broken directory, and on names that are damaged or occur twice. */
export function zipEntries(bytes: Uint8Array): ZipEntry[] {
  const r = reader(bytes)
  const { at: start, count } = findDirectory(r, bytes.length)
  const entries: ZipEntry[] = []
  const names = new Set<string>()
  let at = start
  for (let i = 0; i < count; i++) {
    if (r.u32(at) !== entryMark) throw new ZipFault(`a directory of ${i} of ${count} entries`)
    const [flags, method, crc] = [r.u16(at + 8), r.u16(at + 10), r.u32(at + 16)]
    const sizes = { packed: r.u32(at + 20), size: r.u32(at + 24), local: r.u32(at + 42) }
    const [nameLength, extraLength] = [r.u16(at + 28), r.u16(at + 30)]
    const raw = r.slice(at + 46, nameLength)
    widen(r.slice(at + 46 + nameLength, extraLength), sizes)
    const name = nameOf(raw, (flags & 0x800) !== 0)
    at += 46 + nameLength + extraLength + r.u16(at + 32)
    if (r.u32(sizes.local) !== localMark) throw new ZipFault(`no file where its directory has ${name}`)
    if (!same(r.slice(sizes.local + 30, r.u16(sizes.local + 26)), raw)) {
      throw new ZipFault(`two names of one file, one of them ${name}`)
    }
    if (names.has(name)) throw new ZipFault(`two files of the name ${name}`)
    names.add(name)
    if ((flags & 1) !== 0) throw new ZipFault(`${name}, which is encrypted`)
    if (method !== 0 && method !== 8) throw new ZipFault(`${name}, packed by method ${method}`)
    const begin = sizes.local + 30 + r.u16(sizes.local + 26) + r.u16(sizes.local + 28)
    const packed = r.slice(begin, sizes.packed)
    if (method === 0 ? sizes.size !== sizes.packed : sizes.size > mostExpansion * sizes.packed) {
      throw new ZipFault(`${name} of ${sizes.size} bytes in ${sizes.packed}`)
    }
    if (!name.endsWith('/')) {
      entries.push({ name, method: method === 0 ? 'stored' : 'deflated', crc, size: sizes.size, packed })
    }
  }
  return entries
}

/** Bytes that are unpacked at once: each gives up to a thousand. */
const piece = 2 ** 14

/** Calls `use` with the unpacked pieces of an entry, until it gives false. */
function unpack({ packed, method }: ZipEntry, use: (piece: Uint8Array) => boolean): void {
  if (method === 'stored') {
    use(packed)
    return
  }
  const state = { going: true }
  const inflate = new Inflate((chunk) => {
    if (state.going) state.going = use(chunk)
  })
  for (let at = 0; state.going && at < packed.length; at += piece) {
    inflate.push(packed.subarray(at, at + piece), at + piece >= packed.length)
  }
}

/** The first bytes of an entry, `length` or all of them. Throws where the stream is corrupt. */
export function headOf(entry: ZipEntry, length: number): Uint8Array {
  const out = new Uint8Array(Math.min(length, entry.size))
  let filled = 0
  unpack(entry, (chunk) => {
    out.set(chunk.subarray(0, out.length - filled), filled)
    filled = Math.min(out.length, filled + chunk.length)
    return filled < out.length
  })
  return out.subarray(0, filled)
}

/** The bytes of an entry, never more than the directory says. Throws ZipFault where they are more, fewer, or others by their checksum. */
export function contentOf(entry: ZipEntry): Uint8Array {
  const { name, size } = entry
  let out = entry.packed
  if (entry.method === 'deflated') {
    out = new Uint8Array(size)
    let filled = 0
    unpack(entry, (chunk) => {
      if (filled + chunk.length > size)
        throw new ZipFault(`${name} of more than the ${size} bytes that it should have`)
      out.set(chunk, filled)
      filled += chunk.length
      return true
    })
    if (filled !== size) throw new ZipFault(`${name} of ${filled} bytes in place of ${size}`)
  }
  if (crc32(out) !== entry.crc) throw new ZipFault(`a wrong checksum of ${name}`)
  return out
}
