import { NtkError } from '../errors.js'
import { requireBytes } from '../options/require.js'
import { show } from '../options/show.js'

/** What the header of an npy file says. */
export interface NpyHeader {
  /** numpy's description: byte order, kind, bytes an element, such as '<f8'. */
  readonly descr: string
  readonly fortranOrder: boolean
  readonly shape: readonly number[]
  /** Where the data begin. */
  readonly offset: number
}

const magic = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59)

function broken(name: string, got: string, fix = 'Copy or write it again.'): NtkError {
  return new NtkError('data', { what: `${name} is not a whole npy file.`, got, fix })
}

/** Versions 1, 2 and 3 of the format (numpy.lib.format). Throws NtkError 'data'. */
export function readHeader(bytes: Uint8Array, name: string): NpyHeader {
  requireBytes(bytes, 'An npy file')
  if (typeof name !== 'string')
    throw new NtkError('value', { what: 'The name of an array is a string.', got: show(name) })
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte)) {
    throw broken(
      name,
      bytes.length < 10 ? `${bytes.length} bytes` : 'other first bytes',
      'npy files begin with \\x93NUMPY.',
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const major = bytes[6] as number
  if (major < 1 || major > 3) throw broken(name, `version ${major}`, 'Versions 1 to 3 are read.')
  const start = major === 1 ? 10 : 12
  if (bytes.length < start) throw broken(name, `${bytes.length} bytes`)
  const offset = start + (major === 1 ? view.getUint16(8, true) : view.getUint32(8, true))
  if (bytes.length < offset) throw broken(name, `${bytes.length} bytes where the header alone has ${offset}`)
  const text = new TextDecoder(major === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(start, offset))
  return { ...parseDictionary(text, name), offset }
}

/** The Python dictionary literal of the header: exactly the three keys, in any order. */
function parseDictionary(text: string, name: string): Omit<NpyHeader, 'offset'> {
  const wrong = (what: string): NtkError => broken(name, `${what} in its header ${text.trim().slice(0, 80)}`)
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text)?.[1]
  const shape = /['"]shape['"]\s*:\s*\(([^)]*)\)/.exec(text)?.[1]
  const descr = /['"]descr['"]\s*:\s*(?:['"]([^'"]*)['"]|(\[))/.exec(text)
  if (order === undefined) throw wrong('no fortran_order')
  if (shape === undefined) throw wrong('no shape')
  if (descr === null) throw wrong('no descr')
  if (descr[2] !== undefined) {
    throw new NtkError('unsupported', {
      what: `${name} holds records of several fields.`,
      fix: 'Save each field as an array of its own.',
    })
  }
  const sizes = shape.split(',').map((s) => s.trim())
  if (sizes.at(-1) === '') sizes.pop()
  if (!sizes.every((s) => /^\d+L?$/.test(s))) throw wrong('an odd shape')
  return {
    descr: descr[1] as string,
    fortranOrder: order === 'True',
    shape: sizes.map((s) => Number.parseInt(s, 10)),
  }
}

/** A header of version 1 (2 where it is too long for that), padded so that data begin at a multiple of 64 bytes. */
export function writeHeader(descr: string, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`
  const version = text.length + 1 + 10 + 64 > 0xffff ? 2 : 1
  const start = version === 1 ? 10 : 12
  const total = Math.ceil((start + text.length + 1) / 64) * 64
  const out = new Uint8Array(total).fill(0x20)
  out.set(magic)
  out[6] = version
  out[7] = 0
  const view = new DataView(out.buffer)
  if (version === 1) view.setUint16(8, total - start, true)
  else view.setUint32(8, total - start, true)
  out.set(new TextEncoder().encode(text), start)
  out[total - 1] = 0x0a
  return out
}
