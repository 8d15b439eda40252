import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allocate, type DType, NtkError, type NtkErrorCode, tensor, tensorFromData } from '../../src/index.js'
import { decodeNpy, encodeNpy } from '../../src/npy/index.js'
import { decodeNpz, encodeNpz } from '../../src/npz.js'

interface Written {
  cases: { name: string; shape: number[]; values: never; file: string }[]
  bad: { name: string; code: NtkErrorCode; file: string }[]
  npz: Record<string, string>
  x: number[][][]
}

const numpy = JSON.parse(
  readFileSync(new URL('../reference/numpy-files.json', import.meta.url), 'utf8'),
) as Written
const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))

function errorOf(run: () => unknown): NtkError {
  try {
    run()
  } catch (error) {
    if (NtkError.isInstance(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const caseNamed = (name: string): Uint8Array => bytesOf(numpy.cases.find((c) => c.name === name)?.file ?? '')

describe('npy files that numpy wrote', () => {
  it.each(numpy.cases.map((c) => [c.name, c] as const))('are read: %s', (_, { file, shape, values }) => {
    const x = decodeNpy(bytesOf(file))
    expect(x.shape).toEqual(shape)
    if (values !== null) expect(x.toNested()).toEqual(values)
  })

  it('keep their type, integers of any width as int32', () => {
    const dtypes = ['<f8', '>f8', '<f4', '>f4', '<i4', '>i8', '|i1', '|u1', '<u4', '|b1'].map(
      (name) => decodeNpy(caseNamed(name)).dtype,
    )
    expect(dtypes).toEqual([
      'float64',
      'float64',
      'float32',
      'float32',
      'int32',
      'int32',
      'int32',
      'int32',
      'int32',
      'bool',
    ])
  })

  it('of 16 bits lose nothing, in either byte order: every pattern of bits', () => {
    // The same number as 32 bits, by moving its parts.
    const widened = (bits: number): number => {
      const [sign, exponent, fraction] = [bits >>> 15, (bits >>> 10) & 31, bits & 1023]
      if (exponent === 0) return (sign === 1 ? -1 : 1) * (fraction / 2 ** 24)
      const wide = (sign << 31) | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13)
      return new Float32Array(Int32Array.of(wide).buffer)[0] as number
    }
    for (const [descr, little] of [
      ['<f2', true],
      ['>f2', false],
    ] as const) {
      const header = new TextEncoder().encode(
        `{'descr': '${descr}', 'fortran_order': False, 'shape': (65536,), }\n`,
      )
      const file = new Uint8Array(10 + header.length + 2 * 65536)
      file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0])
      file.set(header, 10)
      const view = new DataView(file.buffer, 10 + header.length)
      for (let bits = 0; bits < 65536; bits++) view.setUint16(2 * bits, bits, little)
      const x = decodeNpy(file)
      expect(x.dtype).toBe('float32')
      const data = x.dataSync()
      const wrong = Array.from(data.keys()).filter((bits) => !Object.is(data[bits], widened(bits)))
      expect(wrong).toEqual([])
    }
  })

  it('keep infinities, the sign of zero and the extremes of double', () => {
    expect(Array.from(decodeNpy(caseNamed('special values')).dataSync())).toEqual([
      Infinity,
      -Infinity,
      -0,
      Number.MIN_VALUE,
      Number.MAX_VALUE,
    ])
  })

  it.each(numpy.bad.map((c) => [c.name, c] as const))(
    'without a counterpart are refused: %s',
    (_, { file, code }) => {
      const error = errorOf(() => decodeNpy(bytesOf(file), { name: 'some.npy' }))
      expect(error.code).toBe(code)
      expect(error.message).toContain('some.npy')
    },
  )
})

describe('npy files of ours', () => {
  it('are byte for byte those of numpy', () => {
    for (const name of ['<f8', '<f4', '<i4', '|b1', 'scalar', 'one axis', 'empty', 'five axes']) {
      const file = caseNamed(name)
      expect(Buffer.compare(encodeNpy(decodeNpy(file)), file), name).toBe(0)
    }
  })

  it('give back every tensor', () => {
    const dtype = fc.constantFrom<DType[]>('float64', 'float32', 'int32', 'bool')
    const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 })
    fc.assert(
      fc.property(dtype, shape, fc.infiniteStream(fc.double()), (type, dims, stream) => {
        const data = allocate(
          type,
          dims.reduce((a, b) => a * b, 1),
        )
        for (let i = 0; i < data.length; i++) {
          const v = stream.next().value as number
          data[i] = type === 'bool' ? Number(v > 0) : v
        }
        const x = tensorFromData(data, dims)
        const y = decodeNpy(encodeNpy(x))
        expect([y.dtype, y.shape]).toEqual([type, dims])
        expect(y.dataSync()).toEqual(data)
      }),
    )
  })

  it('may lie anywhere in a larger buffer', () => {
    const file = encodeNpy(tensor([1, 2, 3]))
    const larger = new Uint8Array(file.length + 20)
    larger.set(file, 5)
    expect(decodeNpy(larger.subarray(5, 5 + file.length)).toNested()).toEqual([1, 2, 3])
  })

  it('take a long header where there are thousands of axes', () => {
    const dims = new Array<number>(30_000).fill(1)
    const file = encodeNpy(tensorFromData(new Float64Array(1), dims))
    expect(file[6]).toBe(2)
    expect(decodeNpy(file).shape).toEqual(dims)
  })

  it('cut off anywhere, too long or of other content end in errors', () => {
    const file = encodeNpy(tensor([[1, 2, 3]]))
    for (let length = 0; length < file.length; length++) {
      expect(errorOf(() => decodeNpy(file.subarray(0, length))).code).toBe('data')
    }
    expect(errorOf(() => decodeNpy(Uint8Array.of(...file, 0))).message).toContain('too long')
    expect(errorOf(() => decodeNpy(new TextEncoder().encode('hello, this is text'))).code).toBe('data')
    const edited = (from: string, to: string): Uint8Array =>
      Uint8Array.from(Buffer.from(Buffer.from(file).toString('latin1').replace(from, to), 'latin1'))
    for (const [from, to] of [
      ['\x01\x00', '\x04\x00'],
      ["'shape'", "'shope'"],
      ["'descr'", "'disco'"],
      ['False', 'Maybe'],
      ['(1, 3)', '(1, x)'],
      ['(1, 3)', '(1,-3)'],
    ] as const) {
      expect(errorOf(() => decodeNpy(edited(from, to))).code, to).toBe('data')
    }
  })
})

describe('npz files', () => {
  it.each(Object.entries(numpy.npz))('of numpy.%s are read', (_, file) => {
    const arrays = decodeNpz(bytesOf(file))
    expect(Object.keys(arrays).sort()).toEqual(['a', 'b', 'layer/w'])
    expect(arrays.a?.toNested()).toEqual(numpy.x)
    expect(arrays.b?.dtype).toBe('int32')
    expect(arrays['layer/w']?.shape).toEqual([3, 2])
  })

  it('give back every array, compressed or not, and the same bytes for the same arrays', () => {
    const arrays = { w: tensor([[1, 2]]), 'layer/b': tensor([3], { dtype: 'float32' }), mask: tensor([true]) }
    for (const compress of [false, true]) {
      const file = encodeNpz(arrays, { compress })
      const back = decodeNpz(file)
      expect(Object.entries(back).map(([name, x]) => [name, x.dtype, x.toNested()])).toEqual(
        Object.entries(arrays).map(([name, x]) => [name, x.dtype, x.toNested()]),
      )
      expect(Buffer.compare(encodeNpz(arrays, { compress }), file)).toBe(0)
    }
    expect(decodeNpz(encodeNpz({}))).toEqual({})
  })

  it('that are cut off or damaged end in errors with the name of the file', () => {
    const file = encodeNpz({ x: tensor(Float64Array.from({ length: 50 }, (_, i) => i)) })
    for (const length of [0, 3, 30, 200, file.length - 1]) {
      const error = errorOf(() => decodeNpz(file.subarray(0, length), { name: 'some.npz' }))
      expect(error.code).toBe('data')
      expect(error.message).toContain('some.npz')
    }
    const damaged = file.slice()
    damaged[250] = (damaged[250] as number) ^ 1
    expect(errorOf(() => decodeNpz(damaged)).message).toContain('checksum of x.npy')
    expect(errorOf(() => encodeNpz({ '../x': tensor([1]) })).code).toBe('value')
  })

  /** An archive of one file, with what its directory, or its local header, says of it changed. */
  const archive = (
    change: (view: DataView, local: number, entry: number) => void,
    x = tensor([1, 2]),
    compress = false,
  ): Uint8Array => {
    const file = encodeNpz({ x }, { compress }).slice()
    const view = new DataView(file.buffer)
    const entry = view.getUint32(file.length - 6, true)
    change(view, 0, entry)
    return file
  }

  it('with an entry called __proto__ give it as any other', () => {
    const arrays = decodeNpz(
      encodeNpz(
        Object.fromEntries([
          ['__proto__', tensor([7])],
          ['a', tensor([1])],
        ]),
      ),
    )
    expect(Object.keys(arrays)).toEqual(['__proto__', 'a'])
    expect(Object.getPrototypeOf(arrays)).toBeNull()
    expect(Object.getOwnPropertyDescriptor(arrays, '__proto__')?.value.toNested()).toEqual([7])
  })

  it.each([
    ['in its directory', 46, false],
    ['in both places', 46, true],
  ])('with the name of an entry damaged %s end in an error that names it', (_, _at, both) => {
    const file = archive((view, local, entry) => {
      view.setUint8(entry + 46 + 4, 0x7a)
      if (both) view.setUint8(local + 30 + 4, 0x7a)
    })
    const error = errorOf(() => decodeNpz(file, { name: 'some.npz' }))
    expect(error).toMatchObject({ code: 'data', message: expect.stringContaining('x.npz') })
    expect(error.message).toContain('some.npz')
  })

  it('that say less or more of themselves than is there are never unpacked beyond it', () => {
    const x = tensor(new Float64Array(100_000))
    const said = (size: number): Uint8Array =>
      archive((view, _, entry) => view.setUint32(entry + 24, size, true), x, true)
    for (const size of [1000, 800_000, 2 ** 31]) {
      const start = process.memoryUsage().arrayBuffers
      expect(errorOf(() => decodeNpz(said(size))).code).toBe('data')
      expect(process.memoryUsage().arrayBuffers - start).toBeLessThan(2 ** 27)
    }
    expect(decodeNpz(said(800_128)).x?.shape).toEqual([100_000])
  })

  it('beyond 32 bits by their directory (zip64) are read', () => {
    const plain = encodeNpz({ x: tensor([1, 2]) })
    const view = new DataView(plain.buffer, plain.byteOffset)
    const end = plain.length - 22
    const start = view.getUint32(end + 16, true)
    const entry = plain.slice(start, end)
    const size = view.getUint32(start + 24, true)
    const wide = new DataView(new ArrayBuffer(28))
    wide.setUint16(0, 1, true)
    wide.setUint16(2, 24, true)
    for (const [i, n] of [size, size, 0].entries()) wide.setBigUint64(4 + 8 * i, BigInt(n), true)
    const fields = new DataView(entry.buffer, entry.byteOffset)
    for (const at of [20, 24, 42]) fields.setUint32(at, 0xffffffff, true)
    fields.setUint16(30, 28, true)
    const end64 = new DataView(new ArrayBuffer(56))
    end64.setUint32(0, 0x06064b50, true)
    end64.setBigUint64(32, 1n, true)
    end64.setBigUint64(48, BigInt(start), true)
    const locator = new DataView(new ArrayBuffer(20))
    locator.setUint32(0, 0x07064b50, true)
    locator.setBigUint64(8, BigInt(start + entry.length + 28), true)
    const tail = plain.slice(end)
    new DataView(tail.buffer).setUint32(16, 0xffffffff, true)
    const parts = [plain.subarray(0, start), entry, wide, end64, locator, tail].map((p) =>
      p instanceof DataView ? new Uint8Array(p.buffer) : p,
    )
    expect(decodeNpz(new Uint8Array(Buffer.concat(parts))).x?.toNested()).toEqual([1, 2])
  })
})
