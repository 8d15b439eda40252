import type { TopLevelSpec } from 'vega-lite'
import {
  type Done,
  defineExperiment,
  type Experiment,
  type ExperimentHead,
  type FindingDefinition,
} from '../../experiment/experiment.js'
import type { ResultsOf } from '../../experiment/stage.js'
import { kinds as colours, guideStyle, panelsFigure } from '../../figures/panels.js'
import { type Mean, meanOf } from '../../measures/error-bar.js'
import { fitPowerLaw } from '../../measures/power-law.js'
import { withUncertainty } from '../../text/number.js'
import type { GpConfig } from './settings.js'
import { type GpCase, type GpSetup, type GpStages, gpStages } from './stages.js'

/** What a paper says of a case: its accuracy with so many training images of a data set, on so many test images. */
interface Published {
  readonly accuracy: number
  readonly data: GpConfig['data']
  readonly train: number
  readonly test: number
}

/** Right answers of another system on exactly the first images of these files; known by the first entries of the kernel. */
export interface Reference {
  readonly train: number
  readonly test: number
  readonly correct: number
  readonly first: readonly [number, number]
}

export interface ComparedCase extends GpCase {
  readonly published: Published
  readonly reference: Reference | null
}

interface CaseNumbers {
  readonly name: string
  readonly bySize: readonly (Mean & { readonly size: number })[]
  /** Accuracy for as many training images as the paper has: measured, or by the power law of the errors. */
  readonly atPublished: Mean
  readonly extrapolated: boolean
  /** Right answers with the training set of the reference; null where these are other data. */
  readonly correct: number | null
}

interface GpNumbers {
  readonly cases: readonly CaseNumbers[]
}

interface ComparedSetup extends GpSetup {
  readonly cases: readonly ComparedCase[]
}

type GpDone = Done<ComparedSetup, ResultsOf<GpStages>, GpNumbers>

/** Standard error of a share that was counted on n images. */
const counting = (share: number, n: number): number => Math.sqrt((share * (1 - share)) / n)

function caseNumbers(
  { cases: outputs }: ResultsOf<GpStages>,
  { name, published, reference }: ComparedCase,
  { sizes, test, data }: GpConfig,
): CaseNumbers {
  const own = outputs.filter(({ values }) => values.name === name).map(({ values }) => values)
  const rising = [...sizes].sort((a, b) => a - b)
  const accuracies = (size: number): number[] =>
    own.flatMap(({ bySize }) => bySize.filter((one) => one.size === size).map(({ accuracy }) => accuracy))
  const bySize = rising.map((size) => {
    const { mean, error } = meanOf(accuracies(size))
    return { size, mean, error: Math.hypot(error, counting(mean, test)) }
  })
  const exact = bySize.find(({ size }) => size === published.train)
  const theirs = counting(published.accuracy, published.test)
  const [first] = own.filter(({ subset }) => subset === 0)
  const isReference =
    reference !== null &&
    test === reference.test &&
    first !== undefined &&
    first.first.every((value, i) => Math.abs(value / (reference.first[i] ?? Number.NaN) - 1) < 1e-9)
  const at = first?.bySize.find(({ size }) => size === reference?.train)
  return {
    name,
    bySize,
    atPublished:
      data !== published.data
        ? { mean: Number.NaN, error: Number.NaN }
        : exact === undefined
          ? extrapolated(
              own.map((one) => one.bySize),
              published.train,
              test,
              theirs,
            )
          : // The paper's training set is one draw, too.
            { mean: exact.mean, error: Math.hypot(exact.error * Math.SQRT2, theirs) },
    extrapolated: exact === undefined,
    correct: isReference && at !== undefined ? Math.round(at.accuracy * test) : null,
  }
}

/** By errors that fall as a power of the size: the spread over training sets, and what leaving out the smallest size changes. */
function extrapolated(
  draws: readonly (readonly { readonly size: number; readonly accuracy: number }[])[],
  size: number,
  test: number,
  theirs: number,
): Mean {
  const by = (from: number): Mean =>
    meanOf(
      draws.map((points) => {
        const { slope, scale } = fitPowerLaw(
          points
            .slice(from)
            .map((one) => ({ size: one.size, value: Math.max(1 - one.accuracy, 0.5 / test) })),
        )
        return 1 - scale * size ** slope
      }),
    )
  const [all, fewer] = [by(0), by(1)]
  return { mean: all.mean, error: Math.hypot(all.error, all.mean - fewer.mean, theirs) }
}

const findingsOf = (
  names: readonly string[],
  compared: (config: GpConfig) => readonly ComparedCase[],
): FindingDefinition<GpDone>[] =>
  names.flatMap((name): FindingDefinition<GpDone>[] => {
    const of = (done: GpDone): [ComparedCase, CaseNumbers] | null => {
      const one = compared(done.setup.config).find((other) => other.name === name)
      const numbers = done.numbers.cases.find((other) => other.name === name)
      return one === undefined || numbers === undefined ? null : [one, numbers]
    }
    return [
      {
        name: `accuracy-${name}`,
        statement: (done) => {
          const found = of(done)
          if (found === null) return name
          const [{ title, published }, numbers] = found
          const way = numbers.extrapolated ? ', by the power law of its errors' : ''
          return `accuracy of ${title} with ${published.train} training images of ${published.data}${way}`
        },
        note: 'The published accuracy is of other images of the data set. Error bar: spread over training sets, counting on test images here and there, and, where extrapolated, what leaving out the smallest size changes.',
        measure: (done) => {
          const found = of(done)
          if (found === null) return null
          const [{ published }, { atPublished }] = found
          if (done.setup.config.data !== published.data) return null
          return {
            value: atPublished.mean,
            uncertainty: atPublished.error,
            theory: published.accuracy,
            resolution: 0.03,
          }
        },
      },
      {
        name: `reference-${name}`,
        statement: (done) => `right answers of ${of(done)?.[0].title} on the first images of these files`,
        note: 'Computed by neural-tangents in float64 on the same images. Error bar: one answer may hang on rounding.',
        measure: (done) => {
          const found = of(done)
          if (found === null) return null
          const [{ reference }, { correct }] = found
          if (reference === null || correct === null) return null
          return { value: correct, uncertainty: 0.5, theory: reference.correct, resolution: 1 }
        },
      },
      {
        name: `learns-${name}`,
        statement: (done) =>
          `accuracy of ${of(done)?.[0].title} with all training images, less that with the fewest`,
        note: 'More images teach more. Error bar: spread over training sets, and counting on test images.',
        measure: (done) => {
          const bySize = of(done)?.[1].bySize
          const [fewest, all] = [bySize?.[0], bySize?.at(-1)]
          if (fewest === undefined || all === undefined || fewest === all) return null
          return {
            value: all.mean - fewest.mean,
            uncertainty: Math.hypot(all.error, fewest.error),
            theory: 0,
            relation: 'at least',
            resolution: 0.1,
          }
        },
      },
    ]
  })

function learningCurves({ setup, numbers }: GpDone): TopLevelSpec {
  const { config, cases } = setup
  return panelsFigure(
    [
      {
        title: `${config.data}, ${config.test} test images`,
        series: [
          ...cases.flatMap(({ published }) =>
            published.data === config.data
              ? [
                  {
                    style: guideStyle('published'),
                    points: [{ x: published.train, y: 1 - published.accuracy }].flatMap(({ x, y }) => [
                      { x: x / 1.3, y },
                      { x: x * 1.3, y },
                    ]),
                  },
                ]
              : [],
          ),
          ...cases.flatMap(({ name, title }, i) => {
            const colour = colours[i % colours.length] as string
            const own = numbers.cases.find((one) => one.name === name)?.bySize ?? []
            const points = own.map(({ size, mean, error }) => ({
              x: size,
              y: 1 - mean,
              low: Math.max(1e-4, 1 - mean - error),
              high: 1 - mean + error,
            }))
            return [
              { style: { label: '', colour, kind: 'line' as const, size: 1.6 }, points },
              { style: { label: title, colour, kind: 'dots' as const, size: 36 }, points },
            ]
          }),
        ],
      },
    ],
    {
      title: 'Errors of kernel regression over the number of training images',
      subtitle: `${config.subsets} training sets; noise ${config.diagReg} of the diagonal`,
      x: { title: 'training images', log: true },
      y: { title: 'share of test images that are wrong', log: true },
    },
  )
}

/** An experiment of accuracies of kernels beside published ones. `names` are those of all cases that any config makes. */
export function gpExperiment(
  head: ExperimentHead<GpConfig>,
  {
    cases,
    names,
    lead,
  }: {
    readonly cases: (config: GpConfig) => readonly ComparedCase[]
    readonly names: readonly string[]
    readonly lead: string
  },
): Experiment<GpConfig, ComparedSetup, GpStages, GpNumbers> {
  return defineExperiment({
    ...head,
    more: 'subsets',
    setup: (config): ComparedSetup => ({ config, cases: cases(config) }),
    stages: gpStages,
    numbers: (results, setup): GpNumbers => ({
      cases: setup.cases.map((one) => caseNumbers(results, one, setup.config)),
    }),
    figures: [
      {
        name: 'errors',
        caption:
          'Errors on test images over the number of training images, with error bars; broken lines are published numbers.',
        draw: learningCurves,
      },
    ],
    findings: findingsOf(names, cases),
    story: ({ setup, numbers }) => ({
      headline: `${setup.config.data}: ${setup.cases
        .map(({ name, title }) => {
          const last = numbers.cases.find((one) => one.name === name)?.bySize.at(-1)
          return `${title} ${(100 * (last?.mean ?? Number.NaN)).toFixed(1)} %`
        })
        .join(', ')}`,
      lead,
      facts: [],
      tables: [
        {
          caption: 'Accuracy on test images, by the number of training images',
          head: [
            'kernel',
            ...numbers.cases.slice(0, 1).flatMap(({ bySize }) => bySize.map(({ size }) => String(size))),
            'published',
          ],
          rows: setup.cases.map(({ name, title, published }) => [
            title,
            ...(numbers.cases.find((one) => one.name === name)?.bySize ?? []).map(({ mean, error }) =>
              withUncertainty(mean, error),
            ),
            `${published.accuracy} (${published.data}, ${published.train})`,
          ]),
        },
      ],
    }),
  })
}
