import { centredLabels, flatten, glyphs, normalizeSamples } from '@ntk/datasets'
import { kernelFn } from '@ntk/kernels-analytic'
import { conditionNumberOf, effectiveRankOf } from '@ntk/kernels-empirical'
import { fromSpec, fullyConnected } from '@ntk/stax'
import { argSort, eigh, matmul, square, sum, take, transpose } from '@ntk/tensor'
import type { Job } from '../../worker/job.js'

export interface SpectrumSettings {
  /** Images. */
  readonly n: number
  readonly activation: string
  /** Hidden layers. */
  readonly depth: number
  readonly wStd: number
  readonly bStd: number
  readonly get: 'nngp' | 'ntk'
}

export interface SpectrumResult {
  readonly n: number
  /** The kernel [n, n] row by row, images sorted by their digit. */
  readonly kernel: readonly number[]
  /** Descending. */
  readonly eigenvalues: readonly number[]
  /** Share of the labels' square that lies along the first 1, 2, ... eigenvectors. */
  readonly explained: readonly number[]
  readonly conditionNumber: number
  readonly effectiveRank: number
}

export const spectrumOfGlyphs: Job<SpectrumSettings, SpectrumResult> = async (settings) => {
  const { n, activation, depth, wStd, bStd, get } = settings
  const { images, labels } = glyphs({ n })
  const order = argSort(labels)
  const x = take(flatten(normalizeSamples(images)), order)
  const y = centredLabels(take(labels, order), 10)
  const widths = Array.from({ length: depth }, () => 512)
  const net = fullyConnected(widths, 1, { activation: () => fromSpec([activation]), wStd, bStd })
  const kernel = await kernelFn(net)(x, null, { get })
  const { values, vectors } = eigh(kernel)
  const along = Array.from(await sum(square(matmul(transpose(vectors), y)), { axis: 1 }).data())
  const eigenvalues = Array.from(await values.data()).toReversed()
  const total = along.reduce((a, b) => a + b, 0)
  let so = 0
  return {
    n,
    kernel: Array.from(await kernel.data()),
    eigenvalues,
    explained: along.toReversed().map((power) => (so += power) / total),
    conditionNumber: conditionNumberOf(eigenvalues),
    effectiveRank: effectiveRankOf(eigenvalues),
  }
}
