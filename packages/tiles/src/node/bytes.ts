import { Buffer } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import { type FloatDType, NtkError } from '@ntk/tensor'
import type { Floats } from '../arrays.js'

/** Bytes a call: the system takes less than 2 GiB at once. */
const chunk = 2 ** 28

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** Throws NtkError 'unsupported' on a machine whose numbers do not lie as files have them. */
export function requireLittleEndian(): void {
  if (littleEndian) return
  throw new NtkError('unsupported', {
    what: 'Results on disk are little-endian, and this machine is not.',
    fix: 'Keep the result in memory and write it with writeNpy.',
  })
}

/** The bytes of numbers, without a copy. */
export function bytesOf(data: Floats): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

/** The numbers in bytes, without a copy where they lie at a multiple of their size. */
export function floatsOf(bytes: Uint8Array, dtype: FloatDType): Floats {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes)
  const { buffer, byteOffset, byteLength } = aligned
  return dtype === 'float64'
    ? new Float64Array(buffer, byteOffset, byteLength / 8)
    : new Float32Array(buffer, byteOffset, byteLength / 4)
}

/** Writes all of `bytes`, at `position` or at the end of what was written. */
export async function writeAll(file: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    const length = Math.min(chunk, bytes.length - written)
    const at = position === undefined ? null : position + written
    written += (await file.write(bytes, written, length, at)).bytesWritten
  }
}

/** Reads up to `length` bytes from `position` on, into `out` or an array of their own; fewer where the file ends. */
export async function readAt(
  file: FileHandle,
  position: number,
  length: number,
  out: Uint8Array = new Uint8Array(length),
): Promise<Uint8Array> {
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(out, filled, Math.min(chunk, length - filled), position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return out.subarray(0, filled)
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** The `code` of a system error. */
export function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
}
