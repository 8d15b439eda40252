import { encodeNpy, encodeNpyHeader, type Tensor } from '@ntk/tensor'

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** The bytes of an npy file, header and numbers, without a copy of the numbers. */
export function npyParts(x: Tensor): readonly Uint8Array[] {
  if (!littleEndian) return [encodeNpy(x)]
  const { buffer, byteOffset, byteLength } = x.dataSync()
  return [encodeNpyHeader(x.shape, x.dtype), new Uint8Array(buffer, byteOffset, byteLength)]
}
