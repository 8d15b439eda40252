import {
  add,
  type Backend,
  cast,
  createCpuBackend,
  key,
  matmul,
  mul,
  normal,
  ones,
  type Tensor,
  take,
  tensor,
  tensorFromData,
  toBackend,
  toHost,
  transpose,
  uniform,
} from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import {
  encodeTable,
  flipImages,
  generatedNames,
  generateTable,
  glyphs,
  mnistFromIdx,
  normalizeSamples,
  padCropFlip,
  randomCrop,
  splitTable,
  tableEncoding,
  twoClasses,
  whiten,
  whitening,
} from '../src/index.js'
import { codeOf, errorOf, smallSet } from './support.js'

describe('whitening', () => {
  const mix = normal(key(1), [6, 6])
  const x = add(matmul(normal(key(0), [400, 6]), mix), 3)

  it('makes the covariance of the training set the identity, by a symmetric matrix', () => {
    const by = whitening(x)
    const white = whiten(x, by)
    const mean = matmul(mul(ones([1, 400]), 1 / 400), white).dataSync()
    const covariance = mul(matmul(transpose(white), white), 1 / 400).dataSync()
    const matrix = by.matrix.dataSync()
    for (let i = 0; i < 6; i++) {
      expect(Math.abs(mean[i] as number)).toBeLessThan(1e-11)
      for (let j = 0; j < 6; j++) {
        expect(Math.abs((covariance[6 * i + j] as number) - Number(i === j))).toBeLessThan(1e-11)
        expect(Math.abs((matrix[6 * i + j] as number) - (matrix[6 * j + i] as number))).toBeLessThan(1e-12)
      }
    }
  })

  it('of test samples uses the training set: each sample by itself, in its own shape', () => {
    const by = whitening(x, { diagReg: 0.1 })
    const test = normal(key(2), [5, 6])
    const all = whiten(test, by).toNested() as number[][]
    const one = whiten(tensorFromData(Float64Array.from(test.dataSync().subarray(0, 6)), [1, 1, 2, 3]), by)
    expect(one.shape).toEqual([1, 1, 2, 3])
    Array.from(one.dataSync()).forEach((v, j) => expect(v).toBeCloseTo(all[0]?.[j] as number, 12))
  })

  it('with a ridge of r times the mean eigenvalue λ̄ scales an axis of variance v by 1/√(v + r λ̄)', () => {
    // Two axes of variance 4 and 1: the mean eigenvalue is 2.5.
    const { matrix } = whitening(
      tensor([
        [2, 1],
        [2, -1],
        [-2, 1],
        [-2, -1],
      ]),
      { diagReg: 0.4 },
    ) // prettier-ignore
    const [a, b, c, d] = matrix.dataSync()
    expect([a, d].map((v) => v as number)).toEqual([
      expect.closeTo(1 / Math.sqrt(5), 14),
      expect.closeTo(1 / Math.SQRT2, 14),
    ])
    expect([b, c]).toEqual([expect.closeTo(0, 15), expect.closeTo(0, 15)])
  })

  it('refuses a covariance that has no inverse, unless there is a ridge', () => {
    const few = normal(key(3), [4, 6])
    expect(errorOf(() => whitening(few))).toMatchObject({
      code: 'singular',
      message: expect.stringContaining('diagReg: 0.1'),
    })
    expect(codeOf(() => whitening(ones([9, 2])))).toBe('singular')
    expect(codeOf(() => whitening(ones([9, 2]), { diagReg: 0.1 }))).toBe('singular')
    expect(whitening(few, { diagReg: 0.1 }).matrix.shape).toEqual([6, 6])
    expect(codeOf(() => whiten(few, whitening(normal(key(3), [9, 5]))))).toBe('shape')
  })
})

describe('padCropFlip', () => {
  const images = uniform(key(0), [40, 5, 6, 2], { min: 1, max: 2 })

  it('shifts by up to the padding and mirrors half of the images', () => {
    const out = padCropFlip(images, { key: key(7), padding: 1 })
    const [from, to] = [images.dataSync(), out.dataSync()]
    const seen = new Set<string>()
    for (let i = 0; i < 40; i++) {
      const fits: string[] = []
      for (const mirrored of [false, true])
        for (let dy = -1; dy <= 1; dy++)
          for (let dx = -1; dx <= 1; dx++) {
            const same = Array.from({ length: 60 }, (_, at) => {
              const [y, x, c] = [Math.floor(at / 12), Math.floor(at / 2) % 6, at % 2]
              const [fy, fx] = [y + dy, (mirrored ? 5 - x : x) + dx]
              const inside = fy >= 0 && fy < 5 && fx >= 0 && fx < 6
              return to[60 * i + at] === (inside ? from[60 * i + (fy * 6 + fx) * 2 + c] : 0)
            }).every(Boolean)
            if (same) fits.push(`${mirrored} ${dy} ${dx}`)
          }
      expect(fits).toHaveLength(1)
      seen.add(fits[0] as string)
    }
    // 18 outcomes, 40 images: by chance about 16 of them.
    expect(seen.size).toBeGreaterThan(10)
  })

  it('of an image depends on it, the key and its place only', () => {
    const all = padCropFlip(images, { key: key(7) }).dataSync()
    const few = padCropFlip(
      tensorFromData(Float64Array.from(images.dataSync().subarray(0, 180)), [3, 5, 6, 2]),
      { key: key(7) },
    )
    expect(Array.from(few.dataSync())).toEqual(Array.from(all.subarray(0, 180)))
    const same = padCropFlip(images, { key: key(7), padding: 0, flip: false })
    expect(Array.from(same.dataSync())).toEqual(Array.from(images.dataSync()))
    expect(codeOf(() => padCropFlip(ones([2, 3]), { key: key(0) }))).toBe('shape')
  })

  it('and randomCrop and flipImages do the same where tensors cannot be read at once', async () => {
    const remote: Backend = { ...createCpuBackend(), name: 'remote', collected: false, readSync: () => null }
    const there = await toBackend(images, remote)
    for (const change of [
      (x: Tensor) => padCropFlip(x, { key: key(7), padding: 2 }),
      (x: Tensor) => randomCrop(x, { key: key(7), size: 4 }),
      flipImages,
    ]) {
      const changed = change(there)
      expect(changed.backend).toBe(remote)
      const home = await toHost(changed)
      expect(home.shape).toEqual(change(images).shape)
      expect(home.dataSync()).toEqual(change(images).dataSync())
    }
  })

  it('randomCrop cuts squares out of images, at all places, each by the key and its place', () => {
    const out = randomCrop(images, { key: key(7), size: 4 })
    expect(out.shape).toEqual([40, 4, 4, 2])
    const [from, to] = [images.dataSync(), out.dataSync()]
    const seen = new Set<string>()
    for (let i = 0; i < 40; i++) {
      const fits = [0, 1].flatMap((top) =>
        [0, 1, 2]
          .filter((left) =>
            Array.from({ length: 32 }, (_, at) => {
              const [y, x, c] = [Math.floor(at / 8), Math.floor(at / 2) % 4, at % 2]
              return to[32 * i + at] === from[60 * i + ((top + y) * 6 + left + x) * 2 + c]
            }).every(Boolean),
          )
          .map((left) => `${top} ${left}`),
      )
      expect(fits).toHaveLength(1)
      seen.add(fits[0] as string)
    }
    expect(seen.size).toBe(6)
    const few = randomCrop(take(images, tensor([0, 1], { dtype: 'int32' })), { key: key(7), size: 4 })
    expect(Array.from(few.dataSync())).toEqual(Array.from(to.subarray(0, 64)))
    expect(randomCrop(cast(images, 'float32'), { key: key(7), size: 5 }).dtype).toBe('float32')
    expect(codeOf(() => randomCrop(images, { key: key(0), size: 6 }))).toBe('shape')
  })

  it('and flipImages undoes itself', () => {
    const row = tensor([[[[1], [2], [3]]]])
    expect(flipImages(row).toNested()).toEqual([[[[3], [2], [1]]]])
    expect(Array.from(flipImages(flipImages(images)).dataSync())).toEqual(Array.from(images.dataSync()))
  })
})

describe('samples and labels', () => {
  it('of one norm have length 1', () => {
    const unit = normalizeSamples(normal(key(0), [3, 4]), 'unit').toNested() as number[][]
    for (const row of unit) expect(Math.hypot(...row)).toBeCloseTo(1, 14)
  })

  it('of two classes have labels -1 and +1 in the order asked for', () => {
    const { dataset, y } = twoClasses(glyphs({ n: 40, size: 8 }), ['3', 8], { perClass: 3 })
    expect(dataset.classes).toEqual(['3', '8'])
    expect(y.shape).toEqual([6, 1])
    expect(Array.from(y.dataSync())).toEqual(Array.from(dataset.labels.dataSync(), (label) => 2 * label - 1))
    expect(codeOf(() => twoClasses(dataset, ['3'] as unknown as ['3', '8']))).toBe('value')
  })

  it('of other sets in the form of MNIST have names of their own', () => {
    const set = mnistFromIdx(smallSet(10), { classes: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'] })
    expect(set.classes[9]).toBe('j')
    expect(codeOf(() => mnistFromIdx(smallSet(10), { classes: ['a'] }))).toBe('data')
  })
})

describe('a generated table', () => {
  it.each([...generatedNames])(
    '%s is the same for the same key, begins alike and can be learnt from',
    (name) => {
      const { table, target, task } = generateTable(name, { n: 60 })
      const again = generateTable(name, { n: 40 }).table
      expect(again.columns).toEqual(splitTable(table, { train: 40 }).train.columns)
      expect(generateTable(name, { n: 60, key: key(1) }).table.columns).not.toEqual(table.columns)
      const encoding = tableEncoding(table, { target, task, impute: 'median' })
      const { inputs, targets, labels } = encodeTable(table, encoding)
      expect(inputs.dataSync().every(Number.isFinite)).toBe(true)
      expect([targets === null, labels === null]).toEqual([task === 'classes', task === 'numbers'])
    },
  )

  it('is what its name says', () => {
    const columns = (name: Parameters<typeof generateTable>[0], n: number) => generateTable(name, { n }).table
    expect(generatedNames).toHaveLength(10)
    expect(errorOf(() => tableEncoding(columns('missing-values', 200), { target: 'class' })).message).toMatch(
      /is missing/,
    )
    const constant = columns('constant-column', 50).columns.find(({ name }) => name === 'x3')
    expect(constant).toMatchObject({ values: new Float64Array(50).fill(7) })
    const repeated = encodeTable(
      columns('repeated-rows', 80),
      tableEncoding(columns('repeated-rows', 80), { target: 'class' }),
    )
    const rows = (repeated.inputs.toNested() as number[][]).map(String)
    expect(new Set(rows).size).toBe(20)
    const disagree = Array.from(
      { length: 20 },
      (_, i) => new Set(Array.from(repeated.labels?.dataSync() ?? []).slice(4 * i, 4 * i + 4)).size,
    )
    expect(disagree.some((size) => size === 2)).toBe(true)
    expect(codeOf(() => generateTable('smoth' as 'smooth'))).toBe('option')
  })

  it('of two classes has the odds that it promises', () => {
    const { table } = generateTable('scales', { n: 4000 })
    const [a, b, , label] = table.columns
    if (a?.kind !== 'number' || b?.kind !== 'number' || label?.kind !== 'category')
      throw new Error('other columns')
    // By fifths of the promised chance: observed less promised, within four standard errors.
    const sums = Array.from({ length: 5 }, () => [0, 0, 0])
    for (let i = 0; i < 4000; i++) {
      const p =
        1 /
        (1 + Math.exp(-(1.5 * ((a.values[i] as number) / 1e6) + ((b.values[i] as number) - 1e-3) * 1e6 - 3)))
      const bin = sums[Math.min(4, Math.floor(5 * p))] as number[]
      bin[0]! += 1
      bin[1]! += (label.codes[i] as number) - p
      bin[2]! += p * (1 - p)
    }
    for (const [, difference = 0, variance = 0] of sums)
      expect(Math.abs(difference)).toBeLessThan(4 * Math.sqrt(variance))
  })
})
