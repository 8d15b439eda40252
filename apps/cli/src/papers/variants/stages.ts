import { normalizeSamples } from '@ntk/datasets'
import { kernelFn } from '@ntk/kernels-analytic'
import { foldIn, key, NtkError, normal, type Tensor } from '@ntk/tensor'
import { type Stage, stage } from '../../experiment/stage.js'
import { float64s } from '../../measures/rows.js'
import { doublingsOf } from '../depth/laws.js'
import { type Spectrum, spectrumOf } from '../depth/spectra.js'
import { labelsOf } from '../depth/stages.js'
import type { Case } from './cases.js'
import type { VariantConfig } from './settings.js'

export interface VariantSetup {
  readonly config: VariantConfig
  readonly cases: readonly Case[]
  /** Limits and rates come from depths step, 2 step, 4 step and 8 step. */
  readonly step: number
  /** The same for what grows exponentially, where rounding leaves digits. */
  readonly growthStep: number
  readonly depths: readonly number[]
}

/** Decades over which a spectrum may grow before float64 has no digits left of its smallest eigenvalue. */
const decades = 11

/** Decades that float64 has for kernels that grow with every layer; some are left for their eigenvalues. */
const largestDecades = 300

/** @throws NtkError `config` where the deepest kernel would overflow */
function requireFinite(cases: readonly Case[], last: number): void {
  const decadesALayer = Math.max(...cases.map((one) => Math.log10(one.laws(2).growth)))
  if (decadesALayer * last <= largestDecades) return
  const most = 8 * Math.floor(largestDecades / decadesALayer / 8)
  throw new NtkError('config', {
    what: `Kernels that grow by ${(10 ** decadesALayer).toFixed(3)} with a layer are beyond float64 behind ${most} layers.`,
    got: `depth ${last}`,
    fix: `Write --set depth=${most}, or take smaller weights: --set wVars=0.5,1.`,
  })
}

export function makeVariantSetup(config: VariantConfig, cases: readonly Case[]): VariantSetup {
  const step = Math.floor(config.depth / 8)
  const last = 8 * step
  requireFinite(cases, last)
  const even = Array.from({ length: 11 }, (_, i) => Math.round(last ** (i / 10)))
  const growths = cases.map((one) => one.laws(2).kappaGrowth).filter((growth) => growth > 1)
  const most = (decades * Math.LN10) / Math.log(Math.max(...growths)) / 8
  const growthStep = growths.length === 0 ? step : Math.min(step, Math.floor(most))
  const growing = growths.length === 0 ? [] : doublingsOf(growthStep)
  const depths = [...new Set([...even, ...doublingsOf(step), ...growing])].sort((a, b) => a - b)
  return { config, cases, step, growthStep, depths }
}

export interface CaseOutput {
  readonly values: {
    readonly name: string
    readonly spectra: readonly { readonly m: number; readonly byDepth: readonly Spectrum[] }[]
  }
  readonly arrays: Readonly<Record<never, Tensor>>
}

export type VariantStages = { readonly cases: readonly Stage<CaseOutput>[] }

export function variantStages({ config, cases, depths }: VariantSetup): VariantStages {
  const { repeats, samples, test, labels, features, seed } = config
  const most = Math.max(...samples)
  const n = most + test
  const draw = (one: Case, repeat: number): Stage<CaseOutput> =>
    stage({
      name: `${one.name}-${repeat}`,
      title: one.title,
      seconds:
        0.02 +
        one
          .networks(depths)
          .reduce(
            (sum, { at }) => sum + Math.max(...at.map(({ depth }) => depth)) * (2e-4 + n ** 2 * 8e-7),
            0,
          ),
      async run(_, { signal }) {
        const own = foldIn(key(seed), repeat)
        const x = normalizeSamples(normal(foldIn(own, 0), [n, features]), 'length')
        const kernels = new Map<number, Float64Array>()
        for (const { net, at } of one.networks(depths)) {
          const kernel = kernelFn(net)
          const names = at.flatMap(({ layer }) => (layer === null ? [] : [layer]))
          const inside = names.length === 0 ? {} : await kernel(x, null, { get: 'ntk', at: names, signal })
          for (const { depth, layer } of at) {
            const found = layer === null ? await kernel(x, null, { get: 'ntk', signal }) : inside[layer]
            if (found !== undefined) kernels.set(depth, float64s(found))
          }
        }
        const spectra = samples.map((m) => {
          const y = labelsOf(normal(foldIn(own, m), [m, labels]))
          const byDepth = depths.flatMap((depth): Spectrum[] => {
            const kernel = kernels.get(depth)
            return kernel === undefined ? [] : [spectrumOf(kernel, n, { m, test: most, labels: y, depth })]
          })
          return { m, byDepth }
        })
        return { values: { name: one.name, spectra }, arrays: {} }
      },
    })
  return { cases: cases.flatMap((one) => Array.from({ length: repeats }, (_, repeat) => draw(one, repeat))) }
}
