import type { TopLevelSpec } from 'vega-lite'
import type { Done, Figure } from '../../experiment/experiment.js'
import type { ResultsOf } from '../../experiment/stage.js'
import type { MarkStyle } from '../../figures/mark-style.js'
import {
  kinds as colours,
  guideStyle,
  type Panel,
  type PanelPoint,
  type PanelSeries,
  panelsFigure,
} from '../../figures/panels.js'
import type { NetKind } from './kernels.js'
import type { DepthCurve, DepthNumbers } from './numbers.js'
import type { PhaseName } from './settings.js'
import type { DepthSetup } from './setup.js'
import type { DepthStages } from './stages.js'

export type DepthDone = Done<DepthSetup, ResultsOf<DepthStages>, DepthNumbers>

const looks: Readonly<Record<NetKind, Pick<MarkStyle, 'colour' | 'shape'>>> = {
  FCN: { colour: colours[0] as string, shape: 'circle' },
  'CNN-F': { colour: colours[1] as string, shape: 'square' },
  'CNN-P': { colour: colours[2] as string, shape: 'triangle-up' },
}

type Point = DepthCurve['points'][number]

/** Curves of a phase over depth, one panel a number of samples. */
function overDepth(
  { setup, numbers }: DepthDone,
  phase: PhaseName,
  read: (point: Point, setup: DepthSetup) => number,
  look: {
    readonly title: string
    readonly y: string
    readonly logX: boolean
    readonly dashed?: (point: Point) => number
    readonly guide?: 'kappa'
  },
): TopLevelSpec | null {
  const own = numbers.curves.filter((curve) => curve.phase === phase)
  if (own.length === 0) return null
  const panels = setup.config.samples.map((m): Panel => {
    const curves = own.filter((curve) => curve.m === m)
    const series = curves.flatMap(({ kind, points }): PanelSeries[] => {
      const of = (value: (point: Point) => number): PanelPoint[] =>
        points.map((point) => ({ x: point.depth, y: value(point) }))
      const { colour, shape } = looks[kind]
      const first = of((point) => read(point, setup))
      const { dashed } = look
      return [
        { style: { label: '', colour, kind: 'line', size: 1.6 }, points: first },
        ...(dashed === undefined
          ? []
          : [
              {
                style: { label: 'λ₁/λ₂', colour, kind: 'line', size: 1.4, dash: [4, 4] },
                points: of(dashed),
                inLegend: false,
              } satisfies PanelSeries,
            ]),
        {
          style: { label: kind, colour, kind: 'dots', size: 34, ...(shape === undefined ? {} : { shape }) },
          points: first,
        },
      ]
    })
    const limits =
      look.guide === undefined
        ? []
        : numbers.laws.filter((law) => law.phase === phase && law.m === m && law.measure === look.guide)
    const depths = curves.flatMap(({ points }) => points.map(({ depth }) => depth))
    const ends = [Math.min(...depths), Math.max(...depths)]
    const guides = [...new Set(limits.map(({ theory }) => theory))].map((theory) => ({
      style: guideStyle('limit by theory'),
      points: ends.map((x) => ({ x, y: theory })),
    }))
    return { title: `${phase}, m = ${m}`, series: [...guides, ...series] }
  })
  const { activation, side, repeats } = setup.config
  return panelsFigure(panels, {
    title: look.title,
    subtitle: `${activation}, random images of ${side} × ${side} × 3; geometric means over ${repeats} draws${look.dashed === undefined ? '' : '; broken lines: λ₁/λ₂'}`,
    x: { title: 'depth', log: look.logX },
    y: { title: look.y, log: true },
  })
}

/** Eigenvalues that are equal differ by so much of their size. */
const rounding = 1e-12

export const depthFigures: readonly Figure<DepthDone>[] = [
  {
    name: 'critical-kappa',
    caption:
      'Where critical the condition number and the ratio of the first two eigenvalues come to one finite limit: (m + 2)/2, and (d m + 2)/2 behind a mean over d positions; with a kink (m + 3)/3 and (d m + 3)/3.',
    draw: (done) =>
      overDepth(done, 'critical', ({ kappa }) => kappa, {
        title: 'Condition number where critical',
        y: 'κ',
        logX: true,
        dashed: ({ ratio }) => ratio,
        guide: 'kappa',
      }),
  },
  {
    name: 'ordered-kappa',
    caption:
      'In order κ explodes. Times χ₁ to the power of the depth it falls as one over the depth (Xiao et al. 2020, Figure 1b); with a kink the power is half the depth.',
    draw: (done) =>
      overDepth(
        done,
        'ordered',
        ({ kappa, depth }, { sweeps }) => {
          const laws = sweeps.find(({ phase }) => phase.phase === 'ordered')?.phase.laws(2, 1)
          return kappa / (laws?.kappaGrowth ?? Number.NaN) ** depth
        },
        { title: 'Condition number in order, less its exponential growth', y: 'κ χ₁ˡ', logX: true },
      ),
  },
  {
    name: 'chaotic-kappa',
    caption: 'In chaos κ comes to 1 for every network, as fast as χ₁ to the power of the depth grows.',
    draw: (done) =>
      overDepth(done, 'chaotic', ({ kappa }) => (kappa - 1 > rounding ? kappa - 1 : Number.NaN), {
        title: 'Condition number in chaos, above 1',
        y: 'κ − 1',
        logX: false,
      }),
  },
  ...(['chaotic', 'critical', 'ordered'] as const).map((phase) => ({
    name: `${phase}-predictor`,
    caption: {
      chaotic:
        'In chaos the mean predictor falls exponentially: what is learnt says nothing of other inputs.',
      critical: 'Where critical it falls as one over the depth.',
      ordered: 'In order it comes to a value that depends on the data.',
    }[phase],
    draw: (done: DepthDone) =>
      overDepth(done, phase, ({ predictor }) => predictor, {
        title: `Mean predictor, ${phase}`,
        y: '|P(Θ) Y|',
        logX: phase !== 'chaotic',
      }),
  })),
]
