import { type Mean, meanOf } from '../../measures/error-bar.js'
import type { PairOutput } from './pairs.js'
import type { Accuracies } from './train.js'

/** Percent of the images, means over networks. */
export interface FactorNumbers {
  readonly factor: number
  readonly rate: number
  readonly network: { readonly train: Mean; readonly test: Mean }
  readonly linearized: { readonly train: Mean; readonly test: Mean }
  readonly faster: { readonly train: Mean; readonly test: Mean } | null
  /** Percentage points by which the network is ahead of its linearization. */
  readonly gap: { readonly train: Mean; readonly test: Mean }
}

export interface PairNumbers {
  readonly byFactor: readonly FactorNumbers[]
  /** Change with each doubling of the width factor: a line through all of them for each network, then their mean. Null for one factor. */
  readonly perDoubling: {
    /** Percentage points of the test images. */
    readonly linearized: Mean
    /** Of the share that the linearization misses of what the network gets above chance, from 0 to 1. */
    readonly missed: Mean
  } | null
}

type Values = PairOutput['values']

const accuracy = (of: Accuracies | null, set: 'train' | 'test'): number => of?.[set] ?? Number.NaN

/** @param classes by chance one in so many is right */
export function pairNumbers(
  pairs: readonly PairOutput[],
  factors: readonly number[],
  classes: number,
): PairNumbers {
  const sorted = [...factors].sort((a, b) => a - b)
  const at = (factor: number): Values[] =>
    pairs.flatMap(({ values }) => (values.factor === factor ? [values] : []))
  const chance = 100 / classes
  const byFactor = sorted.map((factor): FactorNumbers => {
    const own = at(factor)
    const both = (of: (one: Values, set: 'train' | 'test') => number): { train: Mean; test: Mean } => ({
      train: meanOf(own.map((one) => of(one, 'train'))),
      test: meanOf(own.map((one) => of(one, 'test'))),
    })
    return {
      factor,
      rate: own[0]?.rate ?? Number.NaN,
      network: both(({ network }, set) => accuracy(network, set)),
      linearized: both(({ linearized }, set) => accuracy(linearized, set)),
      faster: own.every(({ faster }) => faster === null)
        ? null
        : both(({ faster }, set) => accuracy(faster, set)),
      gap: aboveChance(
        both(({ network, linearized }, set) => accuracy(network, set) - accuracy(linearized, set)),
        both(({ network }, set) => accuracy(network, set)),
        chance,
      ),
    }
  })
  const members = at(sorted[0] ?? Number.NaN).length
  const slopes = (of: (one: Values) => number): Mean =>
    meanOf(
      Array.from({ length: members }, (_, member) =>
        slopeOf(
          sorted.map((factor) => {
            const one = at(factor)[member]
            return { x: Math.log2(factor), y: one === undefined ? Number.NaN : of(one) }
          }),
        ),
      ),
    )
  const perDoubling =
    sorted.length < 2
      ? null
      : {
          linearized: slopes(({ linearized }) => accuracy(linearized, 'test')),
          missed: slopes(({ network, linearized }) =>
            missedShare(accuracy(network, 'test'), accuracy(linearized, 'test'), chance),
          ),
        }
  return { byFactor, perDoubling }
}

/** Percentage points above chance that a network must have before a gap says anything. */
export const learnt: number = 5

/** A gap of networks that have not begun to learn has no error bar, so that it is too noisy to tell. */
function aboveChance(
  gap: Readonly<Record<'train' | 'test', Mean>>,
  network: Readonly<Record<'train' | 'test', Mean>>,
  chance: number,
): Record<'train' | 'test', Mean> {
  const known = (set: 'train' | 'test'): Mean =>
    network[set].mean > chance + learnt ? gap[set] : { ...gap[set], error: Number.NaN }
  return { train: known('train'), test: known('test') }
}

/** (a − b) / (a − chance) of accuracies of a network and its linearization; NaN of a network that has not begun to learn. */
export const missedShare = (network: number, linearized: number, chance: number): number =>
  network > chance + learnt ? (network - linearized) / (network - chance) : Number.NaN

/** The power with which a number goes with the width factor: a line through logarithms for each member, then their mean. Null for one factor. */
export function powerOf(
  byFactor: readonly { readonly factor: number; readonly values: readonly number[] }[],
): Mean | null {
  if (byFactor.length < 2) return null
  const members = byFactor[0]?.values.length ?? 0
  return meanOf(
    Array.from({ length: members }, (_, i) =>
      slopeOf(
        byFactor.map(({ factor, values }) => ({ x: Math.log(factor), y: Math.log(values[i] ?? Number.NaN) })),
      ),
    ),
  )
}

/** Slope of the line through points by least squares. */
export function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  const mean = (of: (point: { readonly x: number; readonly y: number }) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length
  const [mx, my] = [mean(({ x }) => x), mean(({ y }) => y)]
  const sxy = points.reduce((sum, { x, y }) => sum + (x - mx) * (y - my), 0)
  return sxy / points.reduce((sum, { x }) => sum + (x - mx) ** 2, 0)
}
