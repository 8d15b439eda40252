import type { DType, TypedArray } from '../dtype.js'
import { bytesPerElement } from '../dtype.js'
import { NtkError } from '../errors.js'
import { dataParts, joined } from '../npy/npy.js'
import { requireTensor } from '../options/a-tensor.js'
import { optional, recordOf, text } from '../options/kinds.js'
import { isRecord, readOptions } from '../options/read.js'
import type { RulesFor } from '../options/rule.js'
import { show } from '../options/show.js'
import type { Shape } from '../shape.js'
import type { Tensor } from '../tensor.js'

export interface EncodeSafetensorsOptions {
  /** Strings by name that go with the tensors. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

const rules = { metadata: optional(recordOf(text())) } satisfies RulesFor<EncodeSafetensorsOptions>

export const safetensorsName: Readonly<Record<DType, string>> = {
  float64: 'F64',
  float32: 'F32',
  int32: 'I32',
  bool: 'BOOL',
}

/**
 * Named tensors as the bytes of a safetensors file: the length of a JSON header, the header, the numbers (little-endian, in C order).
 * Reads the tensors at once: throws NtkError 'unsupported' on a device that cannot block, where `writeSafetensors` waits.
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  options?: EncodeSafetensorsOptions,
): Uint8Array {
  const named = namedTensors('encodeSafetensors', tensors)
  const entries = named.map(([name, x]) => ({ name, shape: x.shape, dtype: x.dtype, data: x.dataSync() }))
  return joined(safetensorsParts('encodeSafetensors', entries, options), 'The safetensors file')
}

/** Tensors by name. Throws NtkError 'value' where something is none, or a name cannot stand in a file. */
export function namedTensors(
  owner: string,
  tensors: Readonly<Record<string, Tensor>>,
): (readonly [name: string, x: Tensor])[] {
  if (!isRecord(tensors)) {
    throw new NtkError('value', { what: `${owner} needs a record of tensors.`, got: show(tensors) })
  }
  const entries = Object.entries(tensors)
  for (const [name, x] of entries) {
    requireTensor(x, `${name} of ${owner}`)
    if (name === '__metadata__') {
      throw new NtkError('value', {
        what: 'A tensor of a safetensors file may have any name but __metadata__, which is that of its strings.',
      })
    }
  }
  return entries
}

/** What a file holds of a tensor. */
export interface SafetensorsEntry {
  readonly name: string
  readonly shape: Shape
  readonly dtype: DType
  readonly data: TypedArray
}

/** The file in parts that follow each other. Wider numbers come first, so that all of them lie aligned. */
export function safetensorsParts(
  owner: string,
  entries: readonly SafetensorsEntry[],
  options: EncodeSafetensorsOptions | undefined,
): Uint8Array[] {
  const { metadata } = readOptions(owner, rules, options)
  const width = ({ dtype }: SafetensorsEntry): number => bytesPerElement[dtype]
  const ordered = entries.toSorted((a, b) => width(b) - width(a))
  // Written field by field: a record would put names that are integers first.
  const fields: string[] = []
  if (metadata !== undefined) fields.push(field('__metadata__', metadata))
  let end = 0
  for (const { name, shape, dtype, data } of ordered) {
    const begin = end
    end += data.byteLength
    fields.push(field(name, { dtype: safetensorsName[dtype], shape, data_offsets: [begin, end] }))
  }
  const text = `{${fields.join(',')}}`
  const bytes = new TextEncoder().encode(text)
  // The numbers begin at a multiple of 8: blanks may follow the header.
  const length = Math.ceil(bytes.length / 8) * 8
  const head = new Uint8Array(8 + length).fill(0x20)
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true)
  head.set(bytes, 8)
  return [head, ...ordered.flatMap(({ data, dtype }) => dataParts(data, dtype))]
}

function field(name: string, value: unknown): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`
}
