import type { FindingDefinition } from '../../experiment/experiment.js'
import type { Measured } from '../../experiment/finding.js'
import type { Mean } from '../../measures/error-bar.js'
import { architectures } from './networks.js'
import type { FactorNumbers } from './numbers.js'
import type { Published } from './published.js'
import type { PairDone } from './setup.js'

/** Percentage points. */
const accuracyResolution = 5
const missedResolution = 0.06

/**
 * That a number lies above or below zero. Also one whose error bar is wider than the resolution tells its sign, where it is three times as large.
 */
export const signOf = (
  at: Mean | undefined,
  relation: 'at most' | 'at least',
  resolution: number,
): Measured | null =>
  at === undefined ? null : measuredOf(at, 0, relation, Math.max(resolution, Math.abs(at.mean) / 3))

export const measuredOf = (
  at: Mean | undefined,
  theory: number,
  relation: 'equal' | 'at most' | 'at least',
  resolution: number,
): Measured | null =>
  at === undefined ? null : { value: at.mean, uncertainty: at.error, theory, relation, resolution }

/** What the paper has at a factor for the images of a run; undefined where it has nothing. */
function publishedGap(
  { published }: PairDone['setup'],
  at: FactorNumbers | undefined,
  set: 'test' | 'train',
): number | undefined {
  const i = published === null ? -1 : published.factors.indexOf(at?.factor ?? Number.NaN)
  return published === null || i < 0 ? undefined : gapOf(published, i, set)
}

export const gapOf = ({ network, linearized }: Published, i: number, set: 'test' | 'train'): number =>
  (network[set][i] ?? Number.NaN) - (linearized[set][i] ?? Number.NaN)

const namesOf = ({ setup }: PairDone): { title: string; linearized: string } =>
  architectures[setup.block.architecture]

const errorBar = 'Error bar: spread over networks.'

function gapFinding(which: 'narrowest' | 'widest', set: 'test' | 'train'): FindingDefinition<PairDone> {
  const of = ({ numbers }: PairDone): FactorNumbers | undefined =>
    numbers.byFactor.at(which === 'narrowest' ? 0 : -1)
  return {
    name: `${set}-gap-${which}`,
    statement: (done) => {
      const paper = publishedGap(done.setup, of(done), set)
      const theirs = paper === undefined ? '' : ` (the paper's: ${paper.toFixed(1)})`
      return `percentage points of ${set === 'test' ? 'test' : 'training'} images by which ${namesOf(done).title} ×${of(done)?.factor} is ahead of ${namesOf(done).linearized}${theirs}`
    },
    note: `Samarin et al. 2020: behind at every width; a run of the paper's size is held to its number. ${errorBar}`,
    measure: (done) => {
      if (which === 'widest' && done.numbers.byFactor.length < 2) return null
      const paper = done.setup.comparable ? publishedGap(done.setup, of(done), set) : undefined
      const gap = of(done)?.gap[set]
      // Both are right about nearly everything in the end: the paper has 0.1 points there.
      return paper === undefined
        ? signOf(gap, 'at least', accuracyResolution)
        : measuredOf(gap, paper, 'equal', accuracyResolution)
    },
  }
}

export const pairFindings: readonly FindingDefinition<PairDone>[] = [
  gapFinding('narrowest', 'test'),
  gapFinding('narrowest', 'train'),
  gapFinding('widest', 'test'),
  {
    name: 'linearized-per-doubling',
    statement: (done) =>
      `percentage points of test images that ${namesOf(done).linearized} gains with each doubling of the width`,
    note: `Samarin et al. 2020: it gains with the width. A line over the logarithm of the factor for each network. ${errorBar}`,
    measure: ({ numbers }) => signOf(numbers.perDoubling?.linearized, 'at least', accuracyResolution),
  },
  {
    name: 'missed-per-doubling',
    statement: (done) =>
      `change with each doubling of the width of the share that ${namesOf(done).linearized} misses of what ${namesOf(done).title} gets right above chance`,
    note: `Samarin et al. 2020: the gap closes with the width. A line over the logarithm of the factor for each network. ${errorBar}`,
    // Of networks that have not begun to learn there is no such share.
    measure: ({ numbers }) => {
      const missed = numbers.perDoubling?.missed
      return Number.isNaN(missed?.mean) ? null : signOf(missed, 'at most', missedResolution)
    },
  },
  {
    name: 'faster-gain',
    statement: (done) =>
      `percentage points of training images by which ${namesOf(done).linearized} gains from the rate ${done.setup.config.linearRate}, ×${done.numbers.byFactor[0]?.factor}`,
    note: `Samarin et al. 2020, Figure 6: it gains at every width. ${errorBar}`,
    measure: ({ numbers }) => {
      const at = numbers.byFactor[0]
      if (at === undefined || at.faster === null) return null
      const [fast, slow] = [at.faster.train, at.linearized.train]
      const gain = { mean: fast.mean - slow.mean, error: Math.hypot(fast.error, slow.error) }
      return signOf(gain, 'at least', accuracyResolution)
    },
  },
]
