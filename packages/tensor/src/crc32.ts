import { requireBytes, requireInteger } from './options/require.js'

let table: Uint32Array | null = null

/** The checksum of zip archives and gzip streams; `before` is that of the bytes before these, where they come in parts. */
export function crc32(bytes: Uint8Array, before = 0): number {
  requireBytes(bytes, 'The bytes of crc32')
  table ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
    return c
  })
  requireInteger(before, 'The checksum before, of crc32,', 0, 0xffffffff)
  let crc = ~before
  for (let i = 0; i < bytes.length; i++)
    crc = (table[(crc ^ (bytes[i] as number)) & 255] as number) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
