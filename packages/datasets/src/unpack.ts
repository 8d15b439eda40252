import { crc32, NtkError } from '@ntk/tensor'
import { requireBytes } from '@ntk/tensor/options'
import { Gunzip } from 'fflate'

/** Bytes that are unpacked at once: each gives up to a thousand. */
const piece = 2 ** 14

/** Deflate turns a byte into no more than this many. */
const mostExpansion = 1032

/**
 * The bytes of a file, unpacked where they are gzipped: no more than `sizeOf` says once it has seen enough of the first ones (null before
 * that). Throws NtkError 'data' where the gzip stream is corrupt, or goes on beyond that size.
 */
export function unpack(
  bytes: Uint8Array,
  name: string,
  sizeOf: (head: Uint8Array) => number | null,
): Uint8Array {
  requireBytes(bytes, String(name))
  if (!isGzip(bytes)) return bytes
  if (bytes.length < 18) throw corrupt(name, `${bytes.length} bytes`)
  let out = new Uint8Array(0)
  let size: number | null = null
  let filled = 0
  const take = (chunk: Uint8Array): void => {
    if (size === null) {
      const head = new Uint8Array(filled + chunk.length)
      head.set(out)
      head.set(chunk, filled)
      filled = head.length
      out = head
      size = sizeOf(head)
      if (size === null) return
      if (size > mostExpansion * bytes.length)
        throw corrupt(name, `${bytes.length} bytes that should hold ${size}`)
      out = new Uint8Array(size)
      out.set(head.subarray(0, size))
    } else {
      out.set(chunk.subarray(0, Math.max(0, size - filled)), filled)
      filled += chunk.length
    }
    if (filled > size) throw tooLong(name, size)
  }
  const gunzip = new Gunzip(take)
  try {
    for (let at = 0; at < bytes.length; at += piece) {
      gunzip.push(bytes.subarray(at, at + piece), at + piece >= bytes.length)
    }
  } catch (cause) {
    if (NtkError.isInstance(cause)) throw cause
    throw corrupt(name, cause instanceof Error ? cause.message : String(cause), cause)
  }
  const whole = out.subarray(0, filled)
  // The stream ends with the checksum and the length of what was packed; the unpacker compares neither.
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 8, 8)
  if (trailer.getUint32(4, true) !== whole.length >>> 0) {
    throw corrupt(name, `${whole.length} bytes where its end says ${trailer.getUint32(4, true)}`)
  }
  if (trailer.getUint32(0, true) !== crc32(whole)) throw corrupt(name, 'another checksum than its end says')
  return whole
}

function tooLong(name: string, needed: number): NtkError {
  return new NtkError('data', {
    what: `${name} should end after ${needed} bytes, by what it says itself.`,
    got: 'more when unpacked',
    fix: 'Copy or download it again.',
  })
}

export function corrupt(name: string, got: string, cause?: unknown): NtkError {
  return new NtkError('data', {
    what: `${name} is not a whole gzip file.`,
    got,
    fix: 'Copy or download it again.',
    cause,
  })
}

/** Whether bytes begin as those of a gzip file. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** Bytes that a gzip file says at its end to hold (modulo 2^32); 0 of one that is too short to say it. */
export function statedSize(bytes: Uint8Array): number {
  if (bytes.length < 18) return 0
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(bytes.length - 4, true)
}
