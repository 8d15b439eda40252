import { type Key, NtkError, permutation, type Tensor } from '@ntk/tensor'
import {
  aKey,
  boolean,
  either,
  listOf,
  nonNegativeInteger,
  optional,
  type RulesFor,
  readOptions,
  show,
  text,
} from '@ntk/tensor/options'
import { type Dataset, sizeOfDataset, takeExamples } from './dataset.js'
import { signLabels } from './labels.js'

export interface SplitOptions {
  /** Images to train on. */
  readonly train: number
  /** Images to test on; all that remain unless given. */
  readonly test?: number | undefined
  /** The order they are drawn in; that of the dataset unless given. */
  readonly key?: Key | undefined
  /** The classes in equal shares in both parts, as far as counts divide. */
  readonly stratified?: boolean | undefined
}

/** A number of images. */
const count = nonNegativeInteger

const splitRules = {
  train: count(),
  test: optional(count()),
  key: optional(aKey()),
  stratified: boolean(false),
} satisfies RulesFor<SplitOptions>

/**
 * Two parts without a common image. With `stratified`, position i of both parts together has class i modulo the
 * number of classes for as long as each class lasts.
 * Throws NtkError 'option' where the dataset has too few images.
 */
export function splitDataset(dataset: Dataset, options: SplitOptions): { train: Dataset; test: Dataset } {
  const n = sizeOfDataset(dataset)
  const { train, key, stratified, ...given } = readOptions('splitDataset', splitRules, options)
  const test = given.test ?? Math.max(0, n - train)
  if (train + test > n) {
    throw new NtkError('option', {
      what: `${dataset.name} has ${n} images.`,
      got: `${train} to train and ${test} to test`,
      fix: 'Ask for fewer.',
    })
  }
  let order = drawnOrder(n, key)
  if (stratified) order = interleave(groupByClass(dataset, order))
  return {
    train: takeExamples(dataset, order.slice(0, train)),
    test: takeExamples(dataset, order.slice(train, train + test)),
  }
}

export interface SubsetOptions {
  /** By name or index, in the order of the new labels 0, 1, ...; all unless given. */
  readonly classes?: readonly (string | number)[] | undefined
  /** Images of each class. */
  readonly perClass?: number | undefined
  /** Images in all: the first ones after the choice of classes. */
  readonly count?: number | undefined
  /** The order they are drawn in; that of the dataset unless given. */
  readonly key?: Key | undefined
}

const subsetRules = {
  classes: optional(listOf(either(text(), count()), 'a list of names or indices of classes')),
  perClass: optional(count()),
  count: optional(count()),
  key: optional(aKey()),
} satisfies RulesFor<SubsetOptions>

const twoClassesRules = {
  perClass: subsetRules.perClass,
  count: subsetRules.count,
  key: subsetRules.key,
} satisfies RulesFor<Omit<SubsetOptions, 'classes'>>

/**
 * The images of some classes, relabelled 0, 1, ... in the order of `classes`.
 * Throws NtkError 'option' for an unknown class or where there are fewer images than asked for.
 */
export function subset(dataset: Dataset, options?: SubsetOptions): Dataset {
  const { classes, perClass, count: total, key } = readOptions('subset', subsetRules, options)
  const n = sizeOfDataset(dataset)
  const wanted = (classes ?? dataset.classes).map((c) => classIndex(dataset, c))
  if (new Set(wanted).size !== wanted.length || wanted.length === 0) {
    throw new NtkError('option', {
      what: 'subset needs distinct classes, one at least.',
      got: show(classes),
    })
  }
  const order = drawnOrder(n, key)
  const groups = groupByClass(dataset, order)
  const labels = dataset.labels.dataSync()
  let indices = order.filter((i) => wanted.includes(labels[i] as number))
  if (perClass !== undefined) {
    const kept = new Set<number>()
    for (const c of wanted) {
      const group = groups[c] as number[]
      if (group.length < perClass)
        throw tooFew(dataset, `class ${dataset.classes[c]}`, group.length, perClass)
      for (const i of group.slice(0, perClass)) kept.add(i)
    }
    indices = indices.filter((i) => kept.has(i))
  }
  if (total !== undefined) {
    if (indices.length < total) throw tooFew(dataset, 'the classes asked for', indices.length, total)
    indices = indices.slice(0, total)
  }
  const taken = takeExamples(dataset, indices)
  const relabelled = taken.labels.dataSync() as Int32Array
  for (let i = 0; i < relabelled.length; i++) relabelled[i] = wanted.indexOf(relabelled[i] as number)
  return { ...taken, classes: wanted.map((c) => dataset.classes[c] as string) }
}

/** Two classes of a set, and their labels as numbers. */
export interface TwoClasses {
  /** Labels 0 and 1, in the order asked for. */
  readonly dataset: Dataset
  /** [n, 1], float64: -1 for the first class, 1 for the second. */
  readonly y: Tensor
}

/**
 * The images of two classes, with labels -1 and +1.
 * Throws as `subset`.
 */
export function twoClasses(
  dataset: Dataset,
  classes: readonly [string | number, string | number],
  options?: Omit<SubsetOptions, 'classes'>,
): TwoClasses {
  const { perClass, count: total, key } = readOptions('twoClasses', twoClassesRules, options)
  if (!Array.isArray(classes) || classes.length !== 2) {
    throw new NtkError('value', { what: 'twoClasses needs a pair of classes.', got: show(classes) })
  }
  const chosen = subset(dataset, { classes, perClass, count: total, key })
  return { dataset: chosen, y: signLabels(chosen.labels) }
}

function tooFew(dataset: Dataset, what: string, have: number, wanted: number): NtkError {
  return new NtkError('option', {
    what: `${dataset.name} has ${have} images of ${what}.`,
    got: `a wish for ${wanted}`,
    fix: 'Ask for fewer.',
  })
}

function classIndex(dataset: Dataset, wanted: string | number): number {
  const index = typeof wanted === 'number' ? wanted : dataset.classes.indexOf(wanted)
  if (Number.isInteger(index) && index >= 0 && index < dataset.classes.length) return index
  throw new NtkError('option', {
    what: `${dataset.name} has the classes ${dataset.classes.join(', ')}.`,
    got: String(wanted),
  })
}

function drawnOrder(n: number, drawKey: Key | undefined): number[] {
  const identity = Array.from({ length: n }, (_, i) => i)
  return drawKey === undefined ? identity : permutation(drawKey, identity)
}

function groupByClass(dataset: Dataset, order: readonly number[]): number[][] {
  const labels = dataset.labels.dataSync()
  const groups: number[][] = dataset.classes.map(() => [])
  for (const i of order) groups[labels[i] as number]?.push(i)
  return groups
}

/** The first of each group, then the second of each, and so on. */
function interleave(groups: readonly (readonly number[])[]): number[] {
  const out: number[] = []
  const longest = Math.max(0, ...groups.map((g) => g.length))
  for (let rank = 0; rank < longest; rank++) {
    for (const group of groups) {
      const item = group[rank]
      if (item !== undefined) out.push(item)
    }
  }
  return out
}

/** The images in random order. */
export function shuffle(dataset: Dataset, orderKey: Key): Dataset {
  return takeExamples(dataset, drawnOrder(sizeOfDataset(dataset), orderKey))
}
