import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allocate, type DType, NtkError, type NtkErrorCode, tensor, tensorFromData } from '../../src/index.js'
import { decodeNpy, decodeNpz, encodeNpy, encodeNpz } from '../../src/npy/index.js'

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
})
