import { randomBytes } from 'node:crypto'
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { inflate } from '../../src/cpu/wasm/inflate.js'
import { wasmDeflated, wasmLength } from '../../src/generated/wasm.js'

const packed = Buffer.from(wasmDeflated, 'base64')

test('the module comes out of its own decompression as out of that of Node', () => {
  const module = inflateRawSync(packed)
  expect(module.length).toBe(wasmLength)
  expect(Buffer.from(inflate(packed, wasmLength)).equals(module)).toBe(true)
})

// Noise is stored, one byte again and again repeats over the least distance, and a text has codes of all lengths.
const samples: Readonly<Record<string, Uint8Array>> = {
  nothing: new Uint8Array(0),
  'one byte': Uint8Array.of(7),
  'a byte again and again': new Uint8Array(1000).fill(3),
  noise: randomBytes(70_000),
  'noise twice, far apart': ((half) => Buffer.concat([half, half]))(randomBytes(20_000)),
  'a module': inflateRawSync(packed),
}
const ways = {
  'codes of its own': { level: 9 },
  'fixed codes': { level: 9, strategy: constants.Z_FIXED },
  'no repeats': { level: 9, strategy: constants.Z_HUFFMAN_ONLY },
  'short blocks': { level: 6, memLevel: 1 },
  'stored bytes': { level: 0 },
}
for (const [way, options] of Object.entries(ways)) {
  test(`${way}: what zlib compresses comes out as it was`, () => {
    for (const [name, bytes] of Object.entries(samples)) {
      const out = inflate(deflateRawSync(bytes, options), bytes.length)
      expect(Buffer.from(out).equals(Buffer.from(bytes)), name).toBe(true)
    }
  })
}

test('bytes that are missing, or too many, are an error', () => {
  expect(() => inflate(packed.subarray(0, 1000), wasmLength)).toThrow(/inflate/)
  expect(() => inflate(packed, wasmLength + 1)).toThrow(/inflate/)
})
