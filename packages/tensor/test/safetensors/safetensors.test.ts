import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  cast,
  createCpuBackend,
  decodeSafetensors,
  encodeSafetensors,
  key,
  NtkError,
  normal,
  type Tensor,
  tensor,
  toBackend,
  zeros,
} from '../../src/index.js'
import { readSafetensors, writeSafetensors } from '../../src/node.js'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ntk-safetensors-'))
})
afterEach(() => rm(dir, { recursive: true }))

/** Written by the package `safetensors` 0.8 of Python: float64, float16, bfloat16, int64, bool, an empty array and a scalar. */
const fromPython =
  'sAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJ3aG8iOiJudW1weSJ9LCJuIjp7ImR0eXBlIjoiSTY0Iiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbMCwxNl19LCJ3Ijp7ImR0eXBlIjoiRjY0Iiwic2hhcGUiOlsxLDNdLCJkYXRhX29mZnNldHMiOlsxNiw0MF19LCJlIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlswLDNdLCJkYXRhX29mZnNldHMiOls0MCw0MF19LCJzIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOltdLCJkYXRhX29mZnNldHMiOls0MCw0NF19LCJiZiI6eyJkdHlwZSI6IkJGMTYiLCJzaGFwZSI6WzNdLCJkYXRhX29mZnNldHMiOls0NCw1MF19LCJoYWxmIjp7ImR0eXBlIjoiRjE2Iiwic2hhcGUiOlszXSwiZGF0YV9vZmZzZXRzIjpbNTAsNTZdfSwiYiI6eyJkdHlwZSI6IkJPT0wiLCJzaGFwZSI6WzJdLCJkYXRhX29mZnNldHMiOls1Niw1OF19fSAgICAgICADAAAAAAAAAPz/////////AAAAAAAA+D8AAAAAAAAAwAAAAAAAAPB/AADoQIA/ScBKcQA8ALj/ewEA'

const all: Readonly<Record<string, Tensor>> = {
  flags: tensor([true, false, true]),
  weights: normal(key(1), [3, 2]),
  '7': tensor([[1, -2]], { dtype: 'int32' }),
  single: cast(normal(key(2), [5]), 'float32'),
  scalar: tensor(1.5),
  none: zeros([0, 4]),
  __proto__x: tensor([2]),
}

function expectEqual(actual: Readonly<Record<string, Tensor>>): void {
  expect(Object.keys(actual).toSorted()).toEqual(Object.keys(all).toSorted())
  for (const [name, x] of Object.entries(all)) {
    expect(actual[name]?.dtype).toBe(x.dtype)
    expect(actual[name]?.shape).toEqual(x.shape)
    expect(actual[name]?.dataSync()).toEqual(x.dataSync())
  }
}

test('tensors of every dtype come back to the bit, and strings with them', () => {
  const bytes = encodeSafetensors(all, { metadata: { step: '12', 'naïve "name"': '{"a":1}' } })
  const { tensors, metadata } = decodeSafetensors(bytes)
  expectEqual(tensors)
  expect({ ...metadata }).toEqual({ step: '12', 'naïve "name"': '{"a":1}' })
  // numbers begin aligned, for readers that map the file
  expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0)
})

test('NaN and infinities keep their bits', () => {
  const odd = tensor([Number.NaN, Number.NEGATIVE_INFINITY, -0])
  expect(decodeSafetensors(encodeSafetensors({ odd })).tensors.odd?.dataSync()).toEqual(odd.dataSync())
})

test('a file of the Python package is read, half precision and long integers too', () => {
  const { tensors, metadata } = decodeSafetensors(new Uint8Array(Buffer.from(fromPython, 'base64')))
  expect(metadata.who).toBe('numpy')
  expect(tensors.w?.toNested()).toEqual([[1.5, -2, Number.POSITIVE_INFINITY]])
  expect(tensors.half?.toNested()).toEqual([1, -0.5, 65504])
  expect(tensors.bf?.toNested()).toEqual([1, -3.140625, 1.0002555517425873e30])
  expect([tensors.n?.dtype, tensors.n?.toNested()]).toEqual(['int32', [3, -4]])
  expect([tensors.b?.dtype, tensors.e?.shape, tensors.s?.item()]).toEqual(['bool', [0, 3], 7.25])
})

test('files are written whole over what was there, from any device, and read onto one', async () => {
  const path = join(dir, 'x.safetensors')
  await writeFile(path, 'old')
  const device = createCpuBackend({ memory: 'owned' })
  await writeSafetensors(path, await toBackend(all, device), { metadata: { a: 'b' } })
  expect(await readdir(dir)).toEqual(['x.safetensors'])
  expect(new Uint8Array(await readFile(path))).toEqual(encodeSafetensors(all, { metadata: { a: 'b' } }))
  const { tensors } = await readSafetensors(path, { backend: device })
  expect(tensors.weights?.backend).toBe(device)
  expectEqual(tensors)
  await expect(writeSafetensors(join(dir, 'no', 'x'), all)).rejects.toThrow(/could not be written/)
  await expect(readSafetensors(join(dir, 'no'))).rejects.toThrow(/could not be read/)
})

const whole = encodeSafetensors({ a: tensor([1, 2]), b: tensor([3]) })

/** A file of a header of one's own, and as many bytes of numbers. */
function fileOf(header: string, bytes: number): Uint8Array {
  const text = new TextEncoder().encode(header)
  const out = new Uint8Array(8 + text.length + bytes)
  new DataView(out.buffer).setBigUint64(0, BigInt(text.length), true)
  out.set(text, 8)
  return out
}

test('a file that was cut off anywhere, or is longer, is an error that says so', () => {
  for (let end = 0; end < whole.length; end++) {
    expect(() => decodeSafetensors(whole.subarray(0, end), { name: 'x.st' })).toThrow(/x\.st is not a whole/)
  }
  expect(() => decodeSafetensors(new Uint8Array([...whole, 0]))).toThrow(/25 bytes of numbers in place of 24/)
})

const f64 = (offsets: string, shape = '[1]'): string =>
  `{"dtype":"F64","shape":${shape},"data_offsets":${offsets}}`

test.each<[string, string, number, RegExp]>([
  ['no JSON', '{', 0, /no JSON/],
  ['a header that is a list', '[]', 0, /no record/],
  ['a header that is a number', '7', 0, /no record/],
  ['strings that are none', '{"__metadata__":{"a":1}}', 0, /holds 1/],
  ['strings in a list', '{"__metadata__":[]}', 0, /no record/],
  ['a gap', `{"a":${f64('[8,16]')}}`, 16, /at byte 8 in place of 0/],
  ['tensors that overlap', `{"a":${f64('[0,8]')},"b":${f64('[0,8]')}}`, 8, /at byte 0 in place of 8/],
  ['offsets beyond the end', `{"a":${f64('[0,8]')}}`, 4, /of 4 bytes/],
  ['offsets backwards', `{"a":${f64('[8,0]')}}`, 8, /\[8,0\]/],
  ['offsets that are no integers', `{"a":${f64('[0,8.5]')}}`, 9, /8\.5/],
  ['another size than its shape says', `{"a":${f64('[0,8]', '[2]')}}`, 8, /8 bytes for F64 \[2\]/],
  ['a negative shape', `{"a":${f64('[0,8]', '[-1]')}}`, 8, /without dtype and shape/],
  ['a tensor that is null', '{"a":null}', 0, /without dtype and shape/],
  ['an unknown type', '{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}', 1, /no counterpart/],
  [
    'a name of every object as a type',
    '{"a":{"dtype":"toString","shape":[],"data_offsets":[0,0]}}',
    0,
    /no counterpart/,
  ],
])('a file with %s is an error', (_, header, bytes, message) => {
  expect(() => decodeSafetensors(fileOf(header, bytes))).toThrow(message)
  expect(() => decodeSafetensors(fileOf(header, bytes))).toThrow(NtkError)
})

test.each<[string, () => unknown, RegExp]>([
  ['no record', () => encodeSafetensors(tensor([1]) as never), /record of tensors/],
  ['a list for a tensor', () => encodeSafetensors({ a: [1] as never }), /a of encodeSafetensors/],
  ['the reserved name', () => encodeSafetensors({ __metadata__: tensor([1]) }), /__metadata__/],
  ['strings that are none', () => encodeSafetensors({}, { metadata: { a: 1 as never } }), /"a", a string/],
  ['no bytes', () => decodeSafetensors('x' as never), /bytes/],
])('%s is an error by name', (_, run, message) => {
  expect(run).toThrow(message)
  expect(run).toThrow(NtkError)
})
