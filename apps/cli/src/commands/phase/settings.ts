import { z } from 'zod'
import type { ExperimentHead } from '../../experiment/experiment.js'
import { type Kind, onOff, orNone, real, text, whole } from '../../settings/kind.js'
import { group, type Rule, setting } from '../../settings/setting.js'

/** Points of an axis at equal distances, both ends among them. */
export interface Range {
  from: number
  to: number
  points: number
}

/** What decides what `ntk phase` computes. */
export interface PhaseConfig {
  activation: string
  wVar: Range
  bVar: Range
  bStd: number | null
  residual: boolean
  residualShare: number
  layerNorm: boolean
  keep: number
  depth: number
  samples: number
  out: string
}

/** As a flag `from:to:points`. */
const range = (most: number): Kind<Range> => ({
  schema: z
    .strictObject({ from: z.number().min(0), to: z.number().min(0), points: z.int().min(2).max(most) })
    .refine(({ from, to }) => to > from, { error: 'must rise: `to` above `from`' }),
  read: (given) => {
    const [from, to, points, ...rest] = given
      .split(':')
      .map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
    const whole = rest.length === 0 && [from, to, points].every((v) => Number.isFinite(v))
    return whole ? { from, to, points } : given
  },
  placeholder: 'a:b:n',
  isSwitch: false,
})

const showRange = ({ from, to, points }: Range): string => `${from}:${to}:${points}`

const share: Kind<number> = { ...real(), schema: z.number().gt(0).max(1) }

const shareOfResidual: Rule<PhaseConfig> = {
  holds: ({ residual, residualShare }) => residual || residualShare === 1,
  error: 'has a share of what comes in (--residual-share) without residual layers; give --residual',
}

export const pointsOf = ({ from, to, points }: Range): number[] =>
  Array.from({ length: points }, (_, i) => from + ((to - from) * i) / (points - 1))

export const phaseHead: ExperimentHead<PhaseConfig> = {
  name: 'phase',
  summary: 'Map the phases of deep networks of an activation: order, chaos, and how deep signals go',
  paper:
    'Xiao et al. 2020, Disentangling Trainability and Generalization in Deep Neural Networks, Table 1 and Figure 2',
  settings: group<PhaseConfig>(
    {
      activation: setting(text('name'), {
        help: 'Activation: its name, or with options as JSON, ["LeakyRelu", {"alpha": 0.1}]',
        default: 'Erf',
      }),
      wVar: setting(range(200), {
        help: 'Variances of the weights, from:to:points',
        default: { from: 0.2, to: 4, points: 39 },
        show: showRange,
      }),
      bVar: setting(range(200), {
        help: 'Variances of the biases, from:to:points',
        default: { from: 0, to: 0.5, points: 11 },
        show: showRange,
      }),
      bStd: setting(orNone(real({ min: 0 })), {
        help: 'Standard deviation of the biases where depth is varied, or none',
        default: 0.3,
      }),
      residual: setting(onOff(), {
        help: 'Residual layers: what comes in is added to what goes out',
        default: false,
      }),
      residualShare: setting(share, {
        help: 'With --residual: the share of what comes in that is added, a in a z + W φ(z) + b; below 1 variances have a fixed point',
        default: 1,
      }),
      layerNorm: setting(onOff(), { help: 'Layer norm before each activation', default: false }),
      keep: setting(share, {
        help: 'Share that dropout behind each activation keeps, 1 for no dropout',
        default: 1,
      }),
      depth: setting(whole({ max: 2000 }), { help: 'Layers up to which the NTK is followed', default: 50 }),
      samples: setting(whole({ min: 2 }), { help: 'Samples of the training set that κ is of', default: 100 }),
      out: setting(text('dir'), { help: 'Folder in which the folder of the run is made', default: 'runs' }),
    },
    [shareOfResidual],
  ),
}
