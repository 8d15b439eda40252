import { kernelFn } from '@ntk/kernels-analytic'
import type { Layer } from '@ntk/stax'
import { add, choleskySolve, eye, foldIn, key, matmul, mul, slice, type Tensor } from '@ntk/tensor'
import { type Stage, stage } from '../../experiment/stage.js'
import { accuracyOf } from '../../measures/numbers.js'
import { type GpData, gpDataStage } from './data.js'
import type { GpConfig } from './settings.js'

/** A kernel whose regression is measured, beside a published accuracy. */
export interface GpCase {
  /** Of its stages and findings: small letters, digits, dashes. */
  readonly name: string
  readonly title: string
  readonly net: Layer
  readonly get: 'nngp' | 'ntk'
  /** Images as the network takes them. */
  readonly inputs: (images: Tensor) => Tensor
  /** Seconds that a pair of images takes on two cores, about. */
  readonly secondsPerPair: number
}

export interface CaseOutput {
  readonly values: {
    readonly name: string
    readonly subset: number
    readonly bySize: readonly { readonly size: number; readonly accuracy: number }[]
    /** K(x, x) of the first training image, and K of the first two, which tell what the data are. */
    readonly first: readonly [number, number]
  }
  readonly arrays: Readonly<Record<never, Tensor>>
}

export interface GpSetup {
  readonly config: GpConfig
  readonly cases: readonly GpCase[]
}

export type GpStages = { readonly data: Stage<GpData>; readonly cases: readonly Stage<CaseOutput>[] }

export function gpStages({ config, cases }: GpSetup): GpStages {
  const data = gpDataStage(config, foldIn(key(config.seed), 0))
  return {
    data,
    cases: cases.flatMap((one) =>
      Array.from({ length: config.subsets }, (_, subset) => caseStage(config, one, subset, data)),
    ),
  }
}

/** Kernels of so many images are factored by all cores, and only one of them is held at a time. */
const largeKernel = 2000

function caseStage(config: GpConfig, one: GpCase, subset: number, data: Stage<GpData>): Stage<CaseOutput> {
  const { diagReg, test } = config
  const sizes = [...config.sizes].sort((a, b) => a - b)
  const most = sizes.at(-1) ?? 0
  const pairs = (most * (most + 1)) / 2 + most * test
  return stage({
    name: `${one.name}-${subset}`,
    title: one.title,
    needs: { data },
    seconds: 0.1 + pairs * one.secondsPerPair + most ** 3 * 3e-10,
    alone: most >= largeKernel,
    async run({ data: { arrays } }, { signal, onPart }) {
      const rows: [number, number] = [subset * most, (subset + 1) * most]
      const [train, asked] = [one.inputs(slice(arrays.x_train, rows)), one.inputs(arrays.x_test)]
      const kernel = kernelFn(one.net)
      const share = (from: number, part: number) => (progress: { done: number; total: number }) =>
        onPart(from + (part * progress.done) / progress.total)
      const own = most / (most + 2 * test)
      const inside = await kernel(train, null, { get: one.get, signal, onProgress: share(0, own) })
      const across = await kernel(asked, train, { get: one.get, signal, onProgress: share(own, 1 - own) })
      const y = slice(arrays.y_train, rows)
      const entries = inside.dataSync()
      const bySize = sizes.map((size) => {
        const part = slice(inside, [0, size], [0, size])
        let diagonal = 0
        for (let i = 0; i < size; i++) diagonal += (entries[i * most + i] as number) / size
        const noisy = diagReg === 0 ? part : add(part, mul(eye(size), diagReg * diagonal))
        const weights = choleskySolve(noisy, slice(y, [0, size]))
        const predicted = matmul(slice(across, null, [0, size]), weights)
        return { size, accuracy: accuracyOf(predicted.dataSync(), arrays.y_test.dataSync(), 10) }
      })
      return {
        values: {
          name: one.name,
          subset,
          bySize,
          first: [entries[0] as number, entries[1] as number],
        },
        arrays: {},
      }
    },
  })
}
