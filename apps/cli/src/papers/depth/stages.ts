import { normalizeSamples } from '@ntk/datasets'
import { foldIn, key, normal, reshape, type Tensor, tensorFromData } from '@ntk/tensor'
import { type Stage, stage } from '../../experiment/stage.js'
import { kernelsByDepth, type NetKind } from './kernels.js'
import type { DepthSetup, Sweep } from './setup.js'
import { type Spectrum, spectrumOf } from './spectra.js'

/** Spectra of one sweep with one draw of the images. */
export interface SweepOutput {
  readonly values: {
    readonly phase: string
    readonly family: string
    readonly repeat: number
    readonly spectra: readonly {
      readonly kind: NetKind
      readonly m: number
      readonly byDepth: readonly Spectrum[]
    }[]
  }
  readonly arrays: Readonly<Record<never, Tensor>>
}

export type DepthStages = { readonly sweeps: readonly Stage<SweepOutput>[] }

export function depthStages(setup: DepthSetup): DepthStages {
  return {
    sweeps: setup.sweeps.flatMap((sweep) =>
      Array.from({ length: setup.config.repeats }, (_, repeat) => sweepStage(setup, sweep, repeat)),
    ),
  }
}

function sweepStage({ config, kinds }: DepthSetup, sweep: Sweep, repeat: number): Stage<SweepOutput> {
  const { phase, family, depths } = sweep
  const { samples, test, side, seed, labels, activation, bVar } = config
  const most = Math.max(...samples)
  const n = most + test
  const deepest = Math.max(...depths)
  const pairs = (n * (n + 1)) / 2
  const layers = family === 'FCN' ? deepest : 2 * depths.reduce((total, depth) => total + depth, 0)
  const perLayer = family === 'FCN' ? 1e-4 + pairs * 3e-7 : 1e-5 + pairs * side ** 4 * 5e-8
  return stage({
    name: `${phase.phase}-${family.toLowerCase()}-${repeat}`,
    title: `${family}, ${phase.phase}`,
    seconds: 0.05 + layers * perLayer,
    async run(_, { signal }) {
      // The same images in every phase and every network.
      const own = foldIn(key(seed), repeat)
      const drawn = normal(foldIn(own, 0), [n, side, side, 3])
      const pixels = normalizeSamples(reshape(drawn, [n * side ** 2, 3]), 'length')
      const images = config.normalize ? reshape(pixels, drawn.shape) : drawn
      const network = { activation, wVar: phase.wVar, bVar }
      const kernels = await kernelsByDepth(family, images, network, depths, signal)
      const spectra = kinds.flatMap((kind) =>
        samples.flatMap((m) => {
          const y = labelsOf(normal(foldIn(own, m), [m, labels]))
          const byDepth = depths.flatMap((depth): Spectrum[] => {
            const kernel = kernels.get(depth)?.[kind]
            return kernel === undefined ? [] : [spectrumOf(kernel, n, { m, test: most, labels: y, depth })]
          })
          return byDepth.length === 0 ? [] : [{ kind, m, byDepth }]
        }),
      )
      return { values: { phase: phase.phase, family, repeat, spectra }, arrays: {} }
    },
  })
}

/** Labels [m, k] less the mean of each column: their sum is 0. */
export function labelsOf(drawn: Tensor): Tensor {
  const [m = 0, k = 0] = drawn.shape
  const data = Float64Array.from(drawn.dataSync())
  for (let j = 0; j < k; j++) {
    let mean = 0
    for (let i = 0; i < m; i++) mean += (data[i * k + j] as number) / m
    for (let i = 0; i < m; i++) data[i * k + j] = (data[i * k + j] as number) - mean
  }
  return tensorFromData(data, [m, k])
}
