import { key, type Nested, tensor } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import {
  centredLabels,
  checkDataset,
  type Dataset,
  flatten,
  glyphs,
  normalizeSamples,
  oneHot,
  shuffle,
  signLabels,
  splitDataset,
  standardize,
  statistics,
  subset,
  takeExamples,
} from '../src/index.js'
import { codeOf, errorOf } from './support.js'

/** Image i is the number i; labels as given. */
function numbered(labels: readonly number[], classes: readonly string[]): Dataset {
  return checkDataset({
    name: 'numbered',
    images: tensor(labels.map((_, i) => [[[i]]])),
    labels: tensor(labels, { dtype: 'int32' }),
    classes,
  })
}

const ids = (set: Dataset): number[] => Array.from(set.images.dataSync())
const labelsOf = (set: Dataset): Nested => set.labels.toNested()
const set = numbered([0, 1, 2, 0, 1, 2, 0, 1, 0, 0], ['a', 'b', 'c'])

describe('a split', () => {
  it('gives two parts without a common image, in the order of the set', () => {
    const { train, test } = splitDataset(set, { train: 4, test: 3 })
    expect([ids(train), ids(test)]).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6],
    ])
    expect(ids(splitDataset(set, { train: 4 }).test)).toEqual([4, 5, 6, 7, 8, 9])
  })

  it('draws in the order of a key', () => {
    const { train, test } = splitDataset(set, { train: 4, key: key(3) })
    expect([...ids(train), ...ids(test)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(ids(train)).not.toEqual([0, 1, 2, 3])
    expect(splitDataset(set, { train: 4, key: key(3) }).train.images.dataSync()).toEqual(
      train.images.dataSync(),
    )
  })

  it('gives each class its share where stratified', () => {
    const { train, test } = splitDataset(glyphs({ n: 95 }), {
      train: 40,
      test: 30,
      key: key(1),
      stratified: true,
    })
    for (const [part, each] of [
      [train, 4],
      [test, 3],
    ] as const) {
      const counts = new Array<number>(10).fill(0)
      for (const label of part.labels.dataSync()) counts[label]!++
      expect(counts).toEqual(new Array<number>(10).fill(each))
    }
  })

  it('refuses more images than there are', () => {
    expect(errorOf(() => splitDataset(set, { train: 8, test: 3 })).message).toContain(
      '8 to train and 3 to test',
    )
    expect(codeOf(() => splitDataset(set, { train: 11 }))).toBe('option')
    expect(codeOf(() => splitDataset(set, { train: -1 }))).toBe('option')
    expect(codeOf(() => takeExamples(set, [10]))).toBe('index')
  })
})

describe('a subset', () => {
  it('keeps the classes asked for and relabels them in that order', () => {
    const two = subset(set, { classes: ['c', 0] })
    expect(ids(two)).toEqual([0, 2, 3, 5, 6, 8, 9])
    expect(labelsOf(two)).toEqual([1, 0, 1, 0, 1, 1, 1])
    expect(two.classes).toEqual(['c', 'a'])
  })

  it('limits the images of each class and in all', () => {
    expect(ids(subset(set, { perClass: 2 }))).toEqual([0, 1, 2, 3, 4, 5])
    expect(ids(subset(set, { classes: ['b'], count: 2 }))).toEqual([1, 4])
    expect(ids(subset(set, { perClass: 2, key: key(1) }))).toHaveLength(6)
  })

  it('leaves the set it was taken from as it is', () => {
    subset(set, { classes: ['c'] })
    expect(labelsOf(set)).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 0, 0])
  })

  it('refuses unknown classes and too many images', () => {
    expect(errorOf(() => subset(set, { classes: ['d'] })).message).toContain('classes a, b, c')
    expect(codeOf(() => subset(set, { classes: [3] }))).toBe('option')
    expect(codeOf(() => subset(set, { classes: ['a', 0] }))).toBe('option')
    expect(errorOf(() => subset(set, { perClass: 3 })).message).toContain('2 images of class c')
    expect(codeOf(() => subset(set, { count: 11 }))).toBe('option')
  })
})

describe('a shuffle', () => {
  it('keeps images and labels together', () => {
    const mixed = shuffle(set, key(5))
    expect(ids(mixed)).not.toEqual(ids(set))
    expect(ids(mixed).map((i) => [0, 1, 2, 0, 1, 2, 0, 1, 0, 0][i])).toEqual(labelsOf(mixed))
  })
})

describe('a check of a set', () => {
  it('names the fault', () => {
    const images = tensor([[[[0]]], [[[1]]]])
    const labels = tensor([0, 1], { dtype: 'int32' })
    const classes = ['a', 'b']
    const code = (change: Partial<Dataset>): string =>
      codeOf(() => checkDataset({ name: 'x', images, labels, classes, ...change }))
    expect(code({ images: tensor([1, 2]) })).toBe('shape')
    expect(code({ labels: tensor([0], { dtype: 'int32' }) })).toBe('data')
    expect(code({ labels: tensor([0, 1]) })).toBe('dtype')
    expect(code({ labels: tensor([0, 2], { dtype: 'int32' }) })).toBe('data')
    expect(code({ images: tensor([[[[0]]], [[[Infinity]]]]) })).toBe('not-finite')
  })
})

describe('labels', () => {
  const labels = tensor([1, 0, 2], { dtype: 'int32' })
  it('are encoded as one-hot, centred or signs', () => {
    expect(oneHot(labels, 3).toNested()).toEqual([
      [0, 1, 0],
      [1, 0, 0],
      [0, 0, 1],
    ])
    expect(centredLabels(labels, 4).toNested()).toEqual([
      [-0.25, 0.75, -0.25, -0.25],
      [0.75, -0.25, -0.25, -0.25],
      [-0.25, -0.25, 0.75, -0.25],
    ])
    expect(signLabels(tensor([1, 0], { dtype: 'int32' })).toNested()).toEqual([[1], [-1]])
    expect(centredLabels(labels, 4, { dtype: 'float32' }).dtype).toBe('float32')
  })
  it('must name classes', () => {
    expect(codeOf(() => oneHot(labels, 2))).toBe('index')
    expect(codeOf(() => signLabels(labels))).toBe('index')
    expect(codeOf(() => oneHot(tensor([0.5]), 2))).toBe('shape')
    expect(codeOf(() => oneHot(labels, 0))).toBe('value')
  })
})

describe('normalization', () => {
  const train = tensor([
    [[[1, 10]], [[3, 7]]],
    [[[5, 20]], [[3, 3]]],
  ])

  it('takes statistics of the training set per pixel, channel or in all', () => {
    const pixel = statistics(train)
    expect(pixel.mean.toNested()).toEqual([[[[3, 15]], [[3, 5]]]])
    expect(pixel.std.toNested()).toEqual([[[[2, 5]], [[1, 2]]]])
    const channel = statistics(train, 'channel')
    expect(channel.mean.toNested()).toEqual([[[[3, 10]]]])
    expect(channel.std.shape).toEqual([1, 1, 1, 2])
    expect(statistics(train, 'dataset').mean.toNested()).toEqual([[[[6.5]]]])
  })

  it('makes the training set zero in mean and one in deviation, where it varies', () => {
    const images = glyphs({ n: 60 }).images
    for (const per of ['pixel', 'channel', 'dataset'] as const) {
      const after = statistics(standardize(images, statistics(images, per)), per)
      after.mean.dataSync().forEach((m) => {
        expect(Math.abs(m)).toBeLessThan(1e-12)
      })
      after.std.dataSync().forEach((s) => {
        expect(Math.abs(s - 1)).toBeLessThan(1e-12)
      })
    }
  })

  it('applies the statistics of the training set to test images', () => {
    const test = tensor([[[[3, 25]], [[4, 5]]]])
    expect(standardize(test, statistics(train)).toNested()).toEqual([[[[0, 2]], [[1, 0]]]])
    expect(codeOf(() => standardize(tensor([[[[1, 2, 3]]]]), statistics(train)))).toBe('shape')
    expect(codeOf(() => statistics(tensor([])))).toBe('shape')
  })

  it('does not blow up the rounding of pixels that do not vary', () => {
    const constant = tensor([
      [0.1, 1],
      [0.1, 2],
      [0.1, 3],
    ])
    expect(statistics(constant).std.toNested()).toEqual([[1, Math.sqrt(2 / 3)]])
  })

  it('brings each sample to a common length, or to mean zero and variance one', () => {
    const x = tensor([
      [3, 4],
      [0, 0],
      [2, 2],
    ])
    const root = Math.sqrt(2)
    expect(normalizeSamples(x, 'length').toNested()).toEqual([
      [(3 * root) / 5, (4 * root) / 5].map((v) => expect.closeTo(v, 14)),
      [0, 0],
      [expect.closeTo(1, 14), expect.closeTo(1, 14)],
    ])
    expect(normalizeSamples(x).toNested()).toEqual([
      [-1, 1],
      [0, 0],
      [0, 0],
    ])
  })

  it('flattens images to rows', () => {
    expect(flatten(train).toNested()).toEqual([
      [1, 10, 3, 7],
      [5, 20, 3, 3],
    ])
    expect(flatten(glyphs({ n: 0 }).images).shape).toEqual([0, 784])
  })
})
