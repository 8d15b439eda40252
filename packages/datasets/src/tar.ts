import { NtkError } from '@ntk/tensor'

/** What a reader of tar archives keeps, and how much. */
export interface TarWishes {
  /** Stands in messages. */
  readonly name: string
  readonly wanted: (path: string) => boolean
  /** Bytes of the whole archive, unpacked. */
  readonly most: number
}

/** Takes the bytes of an archive in pieces of any size, and keeps the files that are wanted. */
export interface TarReader {
  push(piece: Uint8Array): void
  /** Files by path, after the last piece. */
  end(): ReadonlyMap<string, Uint8Array>
}

const block = 512
const text = new TextDecoder('latin1')

/**
 * A reader of tar archives (POSIX ustar and its forerunners). It holds one block beside the files that are wanted.
 * Throws NtkError 'data' where a header is wrong, a file is too long or the archive is cut off.
 */
export function tarReader({ name, wanted, most }: TarWishes): TarReader {
  // In pieces as they come: what a header boasts of takes no memory.
  const files = new Map<string, Uint8Array[]>()
  const header = new Uint8Array(block)
  let inHeader = 0
  let keeps: Uint8Array[] | null = null
  /** Bytes of the current file that are to come, then its padding. */
  let left = 0
  let padding = 0
  let seen = 0
  let zeros = 0

  const open = (): void => {
    if (header.every((byte) => byte === 0)) {
      zeros += 1
      return
    }
    const { path, size, isFile } = readHeader(header, name)
    keeps = isFile && wanted(path) ? [] : null
    if (keeps !== null) files.set(path, keeps)
    left = size
    padding = (block - (size % block)) % block
  }

  return {
    push(piece) {
      seen += piece.length
      if (seen > most) throw tooLarge(name, most)
      let i = 0
      while (i < piece.length) {
        // Two empty blocks end an archive.
        if (zeros >= 2) return
        if (left > 0) {
          const part = piece.subarray(i, i + left)
          keeps?.push(part.slice())
          left -= part.length
          i += part.length
        } else if (padding > 0) {
          const skipped = Math.min(padding, piece.length - i)
          padding -= skipped
          i += skipped
        } else {
          const part = piece.subarray(i, i + block - inHeader)
          header.set(part, inHeader)
          inHeader += part.length
          i += part.length
          if (inHeader === block) {
            inHeader = 0
            open()
          }
        }
      }
    },
    end() {
      if (left > 0 || inHeader > 0 || zeros === 0) {
        throw new NtkError('data', {
          what: `${name} is truncated: its last block is missing.`,
          got: `${seen} bytes, unpacked`,
          fix: 'Copy or download it again.',
        })
      }
      return new Map([...files].map(([path, pieces]) => [path, joined(pieces)]))
    },
  }
}

/** More bytes than what is looked for has. */
export function tooLarge(name: string, size: number): NtkError {
  return new NtkError('data', {
    what: `${name} is no archive of this data set: it is too large when unpacked.`,
    got: `${size} bytes or more`,
    fix: 'Download it again.',
  })
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    out.set(piece, at)
    at += piece.length
  }
  return out
}

interface TarHeader {
  readonly path: string
  readonly size: number
  readonly isFile: boolean
}

function readHeader(header: Uint8Array, name: string): TarHeader {
  const field = (from: number, length: number): string =>
    text.decode(header.subarray(from, from + length)).replace(/\0[^]*$/, '')
  // The sum of all bytes, those of the checksum itself counted as blanks.
  const stated = Number.parseInt(field(148, 8).trim(), 8)
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0)
  const size = field(124, 12).trim()
  if (stated !== sum || !/^[0-7]+$/.test(size)) {
    throw new NtkError('data', {
      what: `${name} is no tar archive, or a damaged one: a header has the checksum ${sum}.`,
      got: Number.isNaN(stated) ? 'none in its place' : `${stated}, size ${size}`,
      fix: 'Copy or download it again.',
    })
  }
  const prefix = field(257, 5) === 'ustar' ? field(345, 155) : ''
  const path = field(0, 100)
  const kind = header[156]
  return {
    path: prefix === '' ? path : `${prefix}/${path}`,
    size: Number.parseInt(size, 8),
    isFile: kind === 0 || kind === 0x30,
  }
}
