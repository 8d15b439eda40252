import { kernelFn } from '@ntk/kernels-analytic'
import { empiricalNtkFn, kernelDistance } from '@ntk/kernels-empirical'
import { Dense, type Layer, type Params, Relu, serial } from '@ntk/stax'
import { add, foldIn, key, matmul, mul, normal, type Tensor, tensorFromData, transpose } from '@ntk/tensor'
import type { TopLevelSpec } from 'vega-lite'
import {
  type Done,
  defineExperiment,
  type Experiment,
  type ExperimentHead,
} from '../experiment/experiment.js'
import type { Measured } from '../experiment/finding.js'
import { type ResultsOf, type Stage, stage } from '../experiment/stage.js'
import type { MarkStyle } from '../figures/mark-style.js'
import { growing, guideStyle, type Panel, panelsFigure } from '../figures/panels.js'
import { meanOf } from '../measures/error-bar.js'
import { fitPowerLaw } from '../measures/power-law.js'
import { applyOf } from '../networks/apply.js'
import { listOf, whole } from '../settings/kind.js'
import { group, type Settings, setting } from '../settings/setting.js'
import {
  bStdSetting,
  geometric,
  type PaperSettings,
  paperSettings,
  widthsSetting,
  wStdSetting,
} from './common.js'

/** How kernels of finite networks come to those of infinite width: over width, and over networks averaged. */
export interface ConvergenceConfig extends PaperSettings {
  depths: number[]
  widths: number[]
  samples: number
  inputs: number
  features: number
  repeats: number
  wStd: number
  bStd: number | null
}

export function convergenceSettings(): Settings<ConvergenceConfig> {
  return group<ConvergenceConfig>({
    depths: setting(listOf(whole(), { min: 1, distinct: 'a depth' }), {
      help: 'Hidden layers',
      default: [1, 3],
    }),
    widths: widthsSetting([64, 128, 256, 512, 1024]),
    samples: setting(whole({ min: 2 }), { help: 'Networks that are averaged, at most', default: 16 }),
    inputs: setting(whole({ min: 2 }), { help: 'Random inputs that the kernels are of', default: 16 }),
    features: setting(whole(), { help: 'Features of an input', default: 1024 }),
    repeats: setting(whole({ min: 3 }), {
      help: 'Independent repetitions, each with so many networks, for error bars',
      default: 6,
    }),
    wStd: wStdSetting(Math.SQRT2),
    bStd: bStdSetting(0.1),
    ...paperSettings,
  })
}

const kernelNames = ['ntk', 'nngp'] as const
type KernelName = (typeof kernelNames)[number]
const titles: Readonly<Record<KernelName, string>> = { ntk: 'tangent kernel Θ', nngp: 'NNGP kernel K' }

/** The part of a network before its readout, and the network. */
function networkOf(config: ConvergenceConfig, depth: number, width: number): { body: Layer; net: Layer } {
  const affine = { wStd: config.wStd, bStd: config.bStd }
  const body = serial(...Array.from({ length: depth }, () => [Dense(width, affine), Relu()]).flat())
  return { body, net: serial(body, Dense(1, affine)) }
}

/** Relative distances ‖K̂ − K‖ / ‖K‖ by the number of networks that are averaged: 1, 2, 4, ..., means of distinct ones. */
interface Distances {
  readonly values: {
    readonly depth: number
    readonly width: number
    readonly by: Readonly<
      Record<KernelName, readonly { readonly samples: number; readonly distances: readonly number[] }[]>
    >
  }
  readonly arrays: Readonly<Record<never, Tensor>>
}

type Stages = { readonly distances: readonly Stage<Distances>[] }

/** Doublings up to the most. */
const doublings = (most: number): number[] =>
  Array.from({ length: Math.floor(Math.log2(most)) + 1 }, (_, i) => 2 ** i)

const inputsOf = ({ seed, inputs, features }: ConvergenceConfig): Tensor =>
  normal(foldIn(key(seed), 0), [inputs, features])

function distanceStage(
  config: ConvergenceConfig,
  depth: number,
  width: number,
  repeat: number,
): Stage<Distances> {
  const { body, net } = networkOf(config, depth, width)
  const { seed, samples, wStd, bStd, inputs, features } = config
  // Random numbers for the weights cost most.
  const weights = width * (features + (depth - 1) * width)
  return stage({
    name: `depth-${depth}-width-${width}-${repeat}`,
    title: `${layers(depth)} of width ${width}`,
    seconds: samples * (0.008 + weights * (5e-8 + 8e-10 * inputs)),
    async run(_, { onPart, signal }) {
      const x = inputsOf(config)
      const exact = await kernelFn(net)(x, null, { get: ['ntk', 'nngp'], signal })
      // Of the network's shape alone, so that a repetition has the same networks however many there are.
      const own = [depth, width, repeat].reduce(foldIn, foldIn(key(seed), 1))
      const kernels: Record<KernelName, Tensor[]> = { ntk: [], nngp: [] }
      const ntk = empiricalNtkFn(net.apply, { traceAxes: [-1] })
      for (let i = 0; i < samples; i++) {
        const { params } = net.init(foldIn(own, i), [-1, features])
        const [bodyParams] = params as [Params<Tensor>]
        const hidden = applyOf(body)(bodyParams, x)
        // K̂ = σ_w² φφᵀ / n + σ_b²: what the readout's variance is, given the layers before (Lee et al. 2019, Equation S26).
        const gram = mul(matmul(hidden, transpose(hidden)), wStd ** 2 / width)
        kernels.nngp.push(add(gram, (bStd ?? 0) ** 2))
        kernels.ntk.push(await ntk(x, null, params, { signal }))
        onPart((i + 1) / samples)
      }
      const by = async (name: KernelName): Promise<Distances['values']['by'][KernelName]> =>
        Promise.all(
          doublings(samples).map(async (count) => ({
            samples: count,
            distances: await Promise.all(
              Array.from({ length: Math.floor(samples / count) }, async (_, i) => {
                const part = kernels[name].slice(i * count, (i + 1) * count)
                const { relativeFrobenius } = await kernelDistance(meanKernel(part), exact[name])
                return relativeFrobenius
              }),
            ),
          })),
        )
      return { values: { depth, width, by: { ntk: await by('ntk'), nngp: await by('nngp') } }, arrays: {} }
    },
  })
}

function meanKernel(kernels: readonly Tensor[]): Tensor {
  const [first] = kernels
  const sums = new Float64Array(first?.size ?? 0)
  for (const kernel of kernels)
    kernel.dataSync().forEach((value, i) => {
      sums[i] = (sums[i] as number) + value / kernels.length
    })
  return tensorFromData(sums, first?.shape ?? [0])
}

/** Exponents, each with its error bar from repetitions that are independent of each other. */
export interface ConvergenceNumbers {
  readonly curves: readonly {
    readonly kernel: KernelName
    readonly depth: number
    readonly width: number
    readonly samples: number
    /** Geometric mean over networks, and the error bar of its logarithm. */
    readonly distance: number
    readonly logError: number
  }[]
  readonly exponents: readonly {
    readonly kernel: KernelName
    readonly depth: number
    /** What the distance is a power of. */
    readonly of: 'width' | 'samples'
    readonly value: number
    readonly error: number
  }[]
}

function numbersOf({ distances }: ResultsOf<Stages>, config: ConvergenceConfig): ConvergenceNumbers {
  const { depths, widths, repeats, samples } = config
  // One geometric mean a repetition: means of few and of one network from the same networks are not independent.
  const at = (kernel: KernelName, depth: number, width: number, count: number): number[] =>
    distances
      .filter(({ values }) => values.depth === depth && values.width === width)
      .map(({ values }) => geometric(values.by[kernel].find((one) => one.samples === count)?.distances ?? []))
  const counts = doublings(samples)
  const curves = kernelNames.flatMap((kernel) =>
    depths.flatMap((depth) =>
      widths.flatMap((width) =>
        counts.map((count) => {
          const { mean, error } = meanOf(at(kernel, depth, width, count).map(Math.log))
          return { kernel, depth, width, samples: count, distance: Math.exp(mean), logError: error }
        }),
      ),
    ),
  )
  const widest = Math.max(...widths)
  const exponents = kernelNames.flatMap((kernel) =>
    depths.flatMap((depth) =>
      (['width', 'samples'] as const).flatMap((of) => {
        const sizes = of === 'width' ? widths : counts
        if (sizes.length < 2) return []
        const perSize = sizes.map((size) =>
          of === 'width' ? at(kernel, depth, size, 1) : at(kernel, depth, widest, size),
        )
        const slopes = Array.from(
          { length: repeats },
          (_, r) =>
            fitPowerLaw(sizes.map((size, i) => ({ size, value: perSize[i]?.[r] ?? Number.NaN }))).slope,
        )
        const { mean, error } = meanOf(slopes)
        return [{ kernel, depth, of, value: mean, error }]
      }),
    ),
  )
  return { curves, exponents }
}

type ConvergenceDone = Done<ConvergenceConfig, ResultsOf<Stages>, ConvergenceNumbers>

const exponent =
  (kernel: KernelName, depth: number, of: 'width' | 'samples') =>
  ({ numbers }: ConvergenceDone): Measured | null => {
    const found = numbers.exponents.find(
      (one) => one.kernel === kernel && one.depth === depth && one.of === of,
    )
    if (found === undefined) return null
    return { value: found.value, uncertainty: found.error, theory: -0.5, resolution: 0.1 }
  }

const layers = (depth: number): string => (depth === 1 ? 'one hidden layer' : `${depth} hidden layers`)

function figureOver(of: 'width' | 'samples', { setup, numbers }: ConvergenceDone): TopLevelSpec | null {
  const lines = of === 'width' ? doublings(setup.samples) : setup.widths
  if ((of === 'width' ? setup.widths : doublings(setup.samples)).length < 2) return null
  const panels = setup.depths.flatMap((depth) =>
    kernelNames.map((kernel): Panel => {
      const own = numbers.curves.filter((one) => one.kernel === kernel && one.depth === depth)
      const series = lines.map((line, i) => {
        const colour = growing[Math.floor((i * growing.length) / lines.length)] ?? ''
        const points = own
          .filter((one) => (of === 'width' ? one.samples : one.width) === line)
          .map(({ width, samples, distance, logError }) => ({
            x: of === 'width' ? width : samples,
            y: distance,
            low: distance * Math.exp(-2 * logError),
            high: distance * Math.exp(2 * logError),
          }))
        const label = of === 'width' ? `M = ${line}` : `width ${line}`
        const dots: MarkStyle = { label, colour, kind: 'dots', size: 40 }
        return {
          dots: { style: dots, points },
          line: {
            style: { ...dots, label: '', kind: 'line' as const, size: 1.4 },
            points: points.map(({ x, y }) => ({ x, y })),
          },
        }
      })
      const first = series.at(-1)?.line.points ?? []
      const [start, end] = [first[0], first.at(-1)]
      const guide =
        start === undefined || end === undefined
          ? []
          : [start.x, end.x].map((x) => ({ x, y: 0.7 * start.y * Math.sqrt(start.x / x) }))
      return {
        title: `${titles[kernel]}, ${layers(depth)}`,
        series: [
          { style: guideStyle('slope −1/2'), points: guide },
          ...series.map(({ line }) => line),
          ...series.map(({ dots }) => dots),
        ],
      }
    }),
  )
  return panelsFigure(panels, {
    title:
      of === 'width'
        ? 'Kernels of finite networks come to those of infinite width'
        : 'Averages over networks come to the kernels of infinite width',
    subtitle: `ReLU, ${setup.inputs} random inputs of ${setup.features} features; ${of === 'width' ? 'M networks are averaged; ' : ''}error bars: two standard errors over ${setup.repeats} repetitions`,
    x: { title: of === 'width' ? 'width' : 'networks averaged, M', log: true },
    y: { title: '‖K̂ − K‖ / ‖K‖', log: true },
    columns: 2,
  })
}

const sentence = 'Error bar: spread of the slopes of independent repetitions.'

/** An experiment of kernels that converge, over `depths` hidden layers. */
export function kernelConvergence(
  head: ExperimentHead<ConvergenceConfig>,
  { depths, over }: { readonly depths: readonly number[]; readonly over: readonly ('width' | 'samples')[] },
): Experiment<ConvergenceConfig, ConvergenceConfig, Stages, ConvergenceNumbers> {
  return defineExperiment({
    ...head,
    more: 'repeats',
    setup: (config) => config,
    stages: (config) => ({
      distances: config.depths.flatMap((depth) =>
        config.widths.flatMap((width) =>
          Array.from({ length: config.repeats }, (_, repeat) => distanceStage(config, depth, width, repeat)),
        ),
      ),
    }),
    numbers: numbersOf,
    figures: over.map((of) => ({
      name: of === 'width' ? 'over-width' : 'over-samples',
      caption:
        of === 'width'
          ? 'Relative Frobenius distance of the kernel of one random network, or the mean of M, from the analytic kernel. All fall as one over the root of the width (Lee et al. 2019, Section I).'
          : 'Relative Frobenius distance of the mean of M kernels from the analytic one: one over the root of M.',
      draw: (done) => figureOver(of, done),
    })),
    findings: depths.flatMap((depth) =>
      kernelNames.flatMap((kernel) =>
        over.map((of) => ({
          name: `${kernel}-${depth}-${of}`,
          statement: `power of ${of === 'width' ? 'the width' : 'the number of networks'} with which the ${titles[kernel]} comes to its limit, ${layers(depth)}`,
          note: `‖K̂ − K‖ = O(1/√n) (Lee et al. 2019, Section I; Daniely et al. 2016). ${sentence}`,
          measure: exponent(kernel, depth, of),
        })),
      ),
    ),
    story: ({ setup, numbers }, findings) => {
      const agreeing = findings.filter(({ verdict }) => verdict === 'agrees').length
      return {
        headline: `${agreeing} of ${findings.length} exponents of convergence are −1/2`,
        lead: `The tangent kernel and the NNGP kernel of random ReLU networks at ${setup.widths.length} widths from ${Math.min(...setup.widths)} to ${Math.max(...setup.widths)}, alone and averaged over up to ${setup.samples}, beside the analytic kernels. The paper does not say the variances of weights and biases, nor how many inputs it took.`,
        facts: numbers.exponents
          .filter((one) => over.includes(one.of))
          .map(({ kernel, depth, of, value, error }) => ({
            label: `${titles[kernel]}, ${layers(depth)}`,
            value: value.toFixed(3).replace('-', '−'),
            note: `power of the ${of === 'width' ? 'width' : 'networks averaged'}, ± ${error.toFixed(3)}`,
          })),
      }
    },
  })
}
