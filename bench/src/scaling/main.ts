/**
 * `pnpm --filter @ntk/bench scaling [-- FOLDER [RUN]]`: how the time of kernels grows with samples, depth and image size, as an experiment in a folder
 * `runs/<id>`, and its figure as `kernel-scaling.png` and `.svg` in FOLDER where one is given; of
 * an earlier RUN it goes on with what is missing.
 */
import { copyFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import {
  defineExperiment,
  type FindingDefinition,
  fitPowerLaw,
  group,
  performExperiment,
  setting,
  stage,
  text,
  whole,
} from '@ntk/cli'
import { scalingFigure } from './figure.js'
import { axisTitles, labels, type Sweep, sweeps } from './jobs.js'
import { type Axis, type Kind, measure, type Point } from './measure.js'

const nameOf = ({ kind, axis }: Sweep): string => `${kind}-${axis}`

const powers = (axis: Axis): Partial<Record<Kind, number>> =>
  Object.fromEntries(sweeps.filter((sweep) => sweep.axis === axis).map(({ kind, power }) => [kind, power]))

interface Numbers {
  readonly points: readonly Point[]
}

/** The slope of the larger sizes of a sweep beside the power of what is counted. */
function findingOf(sweep: Sweep): FindingDefinition<{ readonly numbers: Numbers }> {
  return {
    name: nameOf(sweep),
    statement: `slope of time against ${axisTitles[sweep.axis]} from ${sweep.from} on, ${labels[sweep.kind]}`,
    note: 'What is counted: pairs of samples, layers, positions or pairs of them. Error bar: scatter about the line.',
    measure: ({ numbers }) => {
      const own = numbers.points.filter(({ kind, axis }) => kind === sweep.kind && axis === sweep.axis)
      const large = own.filter((point) => point[sweep.axis] >= sweep.from)
      const law = fitPowerLaw(large.map((point) => ({ size: point[sweep.axis], value: point.units })))
      return { value: law.slope, uncertainty: law.slopeError, theory: sweep.power, resolution: 0.4 }
    },
  }
}

const scaling = defineExperiment({
  name: 'kernel-scaling',
  summary: 'How the time of kernels grows with samples, depth and image size',
  settings: group({
    turns: setting(whole(), { help: 'Turns of each job with a matrix product', default: 5 }),
    out: setting(text('dir'), { help: 'Folder in which the folder of the run is made', default: 'runs' }),
  }),
  setup: (config) => config,
  stages: ({ turns }) => ({
    sweeps: sweeps.map((sweep) =>
      stage({
        name: nameOf(sweep),
        title: `${labels[sweep.kind]}: ${axisTitles[sweep.axis]}`,
        run: async () => {
          const points: Point[] = []
          for (const value of sweep.values) {
            const sizes = { samples: 1, depth: 1, side: 1, ...sweep.fixed, [sweep.axis]: value }
            points.push(await measure(sweep.kind, sweep.axis, sizes, turns))
          }
          return { values: { points }, arrays: {} }
        },
      }),
    ),
  }),
  numbers: (results): Numbers => ({ points: results.sweeps.flatMap(({ values }) => values.points) }),
  figures: [
    {
      name: 'kernel-scaling',
      caption: 'Time against each size, both axes logarithmic; guides have the slope of what is counted.',
      draw: ({ numbers }) =>
        scalingFigure(numbers.points, {
          samples: powers('samples'),
          depth: powers('depth'),
          side: powers('side'),
        }),
    },
  ],
  findings: sweeps.map(findingOf),
  story: ({ numbers }) => ({
    headline: 'Time grows as pairs of samples, layers, and positions or pairs of positions',
    lead: 'Kernels of three networks were timed in turns with a matrix product of 2048.',
    facts: numbers.points.map(({ kind, axis, units, ...sizes }) => ({
      label: `${labels[kind]}, ${axisTitles[axis]} ${sizes[axis]}`,
      value: `${units.toPrecision(3)} products`,
    })),
  }),
})

const [folder, resume] = process.argv.slice(2).filter((word) => word !== '--')
const { report, findings } = await performExperiment(scaling, resume === undefined ? {} : { resume })
for (const { statement, value, uncertainty, verdict } of findings) {
  process.stdout.write(`${statement}: ${value.toFixed(2)} ± ${uncertainty.toFixed(2)}, ${verdict}\n`)
}
if (folder !== undefined) {
  for (const ending of ['png', 'svg']) {
    const name = `kernel-scaling.${ending}`
    copyFileSync(join(dirname(report), 'figures', name), resolve(folder, name))
  }
}
