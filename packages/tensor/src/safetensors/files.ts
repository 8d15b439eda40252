import { type ReadNpyOptions, readBackend } from '../npy/files.js'
import type { Tensor } from '../tensor.js'
import { reading, whole, writeWhole } from '../whole-files.js'
import { decodeSafetensors, type Safetensors } from './decode.js'
import { type EncodeSafetensorsOptions, namedTensors, safetensorsParts } from './encode.js'

/** Reads a safetensors file. Throws NtkError 'file' where it cannot be read, and as `decodeSafetensors`. */
export async function readSafetensors(path: string, options?: ReadNpyOptions): Promise<Safetensors> {
  const backend = readBackend('readSafetensors', options)
  const bytes = await reading(path, (handle, size) => whole(handle, size, path))
  return decodeSafetensors(bytes, { backend, name: path })
}

/**
 * Writes named tensors, of any device, as a safetensors file: under a temporary name beside it, flushed to the disk, then renamed, so that there is
 * the old file or the whole new one. Throws NtkError 'file' or 'disk'.
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, Tensor>>,
  options?: EncodeSafetensorsOptions,
): Promise<void> {
  const entries = namedTensors('writeSafetensors', tensors).map(async ([name, x]) => ({
    name,
    shape: x.shape,
    dtype: x.dtype,
    data: await x.data(),
  }))
  await writeWhole(path, safetensorsParts('writeSafetensors', await Promise.all(entries), options))
}
