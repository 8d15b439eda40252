import type { TopLevelSpec } from 'vega-lite'
import type { Figure } from '../../experiment/experiment.js'
import { type HeatLine, heatFigure } from '../../figures/heat.js'
import type { MarkStyle } from '../../figures/mark-style.js'
import { shortNumber } from '../../text/number.js'
import type { PhaseDone } from './findings.js'
import { fieldOr } from './setup.js'

const line = (label: string, colour: string, dash?: readonly number[]): MarkStyle => ({
  label,
  colour,
  kind: 'line',
  size: 2,
  ...(dash === undefined ? {} : { dash: [...dash] }),
})
// Light lines: the map below is dark where they run.
const [white, orange, pink] = ['#d9d9d9', '#e69f00', '#cc79a7']

function phaseMap({ setup, results }: PhaseDone): TopLevelSpec {
  const { chi_1, chi_c } = results.map.arrays
  const first = chi_1.dataSync()
  // Where variances vanish there is no fixed point of correlations; what differs still falls with χ_1.
  const chis = Array.from(chi_c.dataSync(), (chi, i) => (Number.isNaN(chi) ? (first[i] as number) : chi))
  const scale = chis.map((chi) => (chi <= 0 ? 0 : -1 / Math.log(chi)))
  const points = results.map.values.line.map(([x, y]) => ({ x, y }))
  return heatFigure(
    {
      xs: setup.wVars,
      ys: setup.bVars,
      values: scale.map((v) => Math.log10(Math.max(v, 0.1))),
      xTitle: 'variance of the weights, σ_w²',
      yTitle: 'variance of the biases, σ_b²',
      title: 'log₁₀ ξ, layers',
      format: '~g',
    },
    [{ style: line('critical: order left of it, chaos right', white), points }],
    `How deep ${setup.name} networks remember that two inputs differ`,
    'depth scale of correlations, ξ = −1 / ln χ at their fixed point',
  )
}

/** Layers to which signals go, about: six depth scales (Schoenholz et al. 2017). */
const scales = 6

/** Condition numbers beyond are all the same: nothing but the mean of the labels is learnt. */
const mostDecades = 8
const clipped = (v: number): number => Math.min(v, mostDecades)

function depthMap({ setup, numbers }: PhaseDone): TopLevelSpec {
  const { depth, samples, bStd } = setup.config
  const ys = Array.from({ length: depth + 1 }, (_, l) => l)
  const columns = setup.wVars.length
  // [weights, depth + 1] to rows of depth
  const values = ys.flatMap((l) =>
    Array.from({ length: columns }, (_, i) =>
      clipped(Math.log10(numbers.kappa[i * (depth + 1) + l] as number)),
    ),
  )
  const fields = setup.wVars.map((x) => ({ x, field: fieldOr(setup, x, (bStd ?? 0) ** 2) }))
  const lines: HeatLine[] = [
    {
      style: line('6 ξ₁: trained up to here', orange),
      points: fields.flatMap(({ x, field }) =>
        field?.phase === 'ordered' ? [{ x, y: scales * field.xi1 }] : [],
      ),
    },
    {
      style: line('6 ξ*: generalizes up to here', pink, [7, 4]),
      points: fields.flatMap(({ x, field }) =>
        field?.phase === 'chaotic' ? [{ x, y: scales * field.xiStar }] : [],
      ),
    },
  ]
  if (numbers.critical !== null) {
    const { wVar } = numbers.critical
    lines.push({ style: line('critical', white, [3, 3]), points: [0, depth].map((y) => ({ x: wVar, y })) })
  }
  return heatFigure(
    {
      xs: setup.wVars,
      ys,
      values,
      xTitle: 'variance of the weights, σ_w²',
      yTitle: 'depth',
      title: `log₁₀ κ (${mostDecades}: or more)`,
      format: '~g',
    },
    lines,
    `Condition number of the NTK of ${samples} samples`,
    `uncorrelated inputs of one norm; standard deviation of the biases ${bStd === null ? 'none' : shortNumber(bStd)}`,
  )
}

export const phaseFigures: readonly Figure<PhaseDone>[] = [
  {
    name: 'phases',
    caption:
      'Each layer brings the correlation of two inputs nearer to its fixed point: to 1 in order, where all inputs end up alike, to less in chaos, where alike inputs part. The bright ridge is the line between, where that takes arbitrarily many layers: networks initialized there can be arbitrarily deep.',
    draw: phaseMap,
  },
  {
    name: 'depth',
    caption:
      'Large condition numbers cannot be trained, and in chaos, where they are near 1, what is learnt says nothing of unseen inputs (Xiao et al. 2020, Figure 2). Deep networks do both only near the critical line.',
    draw: depthMap,
  },
]
