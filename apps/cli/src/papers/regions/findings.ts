import type { FindingDefinition } from '../../experiment/experiment.js'
import type { Mean } from '../../measures/error-bar.js'
import type { NetKind } from '../depth/kernels.js'
import type { RegionDone } from './figures.js'
import type { OfKind, RegionNumbers } from './numbers.js'

type Listed = 'chaosTrain' | 'chaosTest' | 'orderTrain' | 'trainPower' | 'testPower' | 'testPowerC'

interface Law {
  readonly statement: string
  readonly note: string
  readonly theory: number
  readonly resolution: number
}

const overDraws = 'Error bar: spread over draws of the images.'
const ofFit = 'Error bar: scatter of the columns about the line.'

const laws: Readonly<Record<Listed, Law>> = {
  chaosTrain: {
    statement: 'accuracy on training images deep in chaos',
    note: `κ comes to 1 (Xiao et al. 2020, Section 6.1). ${overDraws}`,
    theory: 1,
    resolution: 0.05,
  },
  chaosTest: {
    statement: 'accuracy on test images deep in chaos, less that of a constant guess',
    note: `The mean predictor of labels whose sum is 0 falls faster than all else; what is left is one guess for every image (Section 6.1). ${overDraws}`,
    theory: 0,
    resolution: 0.05,
  },
  orderTrain: {
    statement: 'accuracy on training images deep in order, less that of a constant guess',
    note: `κ grows without bound: in a given number of steps the mean of the labels is learnt and nothing else (Section 6.2). ${overDraws}`,
    theory: 0,
    resolution: 0.05,
  },
  trainPower: {
    statement: 'power of ξ₁ with which the depth goes to which networks train in order',
    note: `The paper's line is a multiple of ξ₁. ${ofFit}`,
    theory: 1,
    resolution: 0.1,
  },
  testPower: {
    statement: 'power of ξ* with which the depth goes to which networks generalize in chaos',
    note: `The paper's line is a multiple of ξ*, over which the mean predictor falls. ${ofFit}`,
    theory: 1,
    resolution: 0.1,
  },
  testPowerC: {
    statement: 'power of ξ_c with which the depth goes to which networks generalize in chaos',
    note: `The mean of networks keeps its classes where outputs are small; they are lost where what it makes of the sum of the labels, which falls by 1/χ₁, is in front of the rest, which falls by χ_c/χ₁. ${ofFit}`,
    theory: 1,
    resolution: 0.1,
  },
}

export const regionFindings = (
  kinds: readonly NetKind[],
  wanted: readonly Listed[],
): FindingDefinition<RegionDone>[] =>
  wanted.flatMap((name) =>
    kinds.map((kind): FindingDefinition<RegionDone> => {
      const { statement, note, theory, resolution } = laws[name]
      const of = (numbers: RegionNumbers): OfKind | undefined =>
        numbers[name].find((one) => one.kind === kind)
      return {
        name: `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}-${kind.toLowerCase()}`,
        statement: `${statement}, ${kind}`,
        note,
        measure: ({ numbers }) => {
          const found = of(numbers)
          return found === undefined ? null : measured(found, theory, resolution)
        },
      }
    }),
  )

const measured = (
  { mean, error }: Mean,
  theory: number,
  resolution: number,
): { value: number; uncertainty: number; theory: number; resolution: number } => ({
  value: mean,
  uncertainty: error,
  theory,
  resolution,
})

export const stripFinding: FindingDefinition<RegionDone> = {
  name: 'strip',
  statement:
    'test accuracy of CNN-F less that of CNN-P in order, where by κ the first trains and the second does not',
  note: `The mean over positions makes κ larger: CNN-F is ahead there (Xiao et al. 2020, Figure 2f). ${overDraws}`,
  measure: ({ numbers: { strip } }) =>
    strip === null ? null : { ...measured(strip, 0, 0.05), relation: 'at least' },
}

export const trainedFindings: readonly FindingDefinition<RegionDone>[] = (['train', 'test'] as const).map(
  (what) => ({
    name: `trained-${what}`,
    statement: `accuracy on ${what === 'train' ? 'training' : 'test'} images of trained networks less that of the mean of infinitely wide ones, over the map`,
    note: `By Equations 5 and 6 of Xiao et al. 2020 at the same step, to which networks come as they widen: of narrow ones the kernel differs, the more the deeper (--set width=64). ${overDraws}`,
    measure: ({ numbers: { trained } }) => (trained === null ? null : measured(trained[what], 0, 0.05)),
  }),
)
