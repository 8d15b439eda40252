import { gradientDescentMse, maxLearningRate } from '@ntk/dynamics'
import { foldIn, key, type Tensor } from '@ntk/tensor'
import { type Stage, stage } from '../../experiment/stage.js'
import { accuracyOf, largest } from '../../measures/numbers.js'
import { type ClassesOutput, classCount, classesStage } from '../classes.js'
import type { NetKind } from '../depth/kernels.js'
import { kernelsOf, type TrainingKernels, type Variances } from './kernels.js'
import type { RegionConfig } from './settings.js'
import type { Column, RegionSetup } from './setup.js'
import { trainedAccuracies } from './trained.js'

/** Accuracies of networks trained for a number of steps: of the mean of infinitely wide ones, or of one of finite width. */
export interface Cell extends Variances {
  readonly kind: NetKind
  readonly depth: number
  readonly train: number
  readonly test: number
  /** What the mean of infinitely wide networks has where one of finite width was trained; else the same as above. */
  readonly mean: { readonly train: number; readonly test: number }
  /** λ_max over the mean of all other eigenvalues. */
  readonly kappa: number
}

export interface ColumnOutput {
  readonly values: {
    readonly repeat: number
    readonly cells: readonly Cell[]
    /** Accuracies of who says of every image that it is of the class that most training images have. */
    readonly constant: { readonly train: number; readonly test: number }
  }
  readonly arrays: Readonly<Record<never, Tensor>>
}

export type RegionStages = {
  readonly data: readonly Stage<ClassesOutput>[]
  readonly columns: readonly Stage<ColumnOutput>[]
}

export function regionStages({ config, columns, depths }: RegionSetup): RegionStages {
  const own = foldIn(key(config.seed), 0)
  const data = Array.from({ length: config.repeats }, (_, repeat) =>
    classesStage(config, foldIn(own, repeat), `data-${repeat}`),
  )
  return {
    data,
    columns: data.flatMap((images, repeat) =>
      columns.map((column) => columnStage(config, column, depths, repeat, images)),
    ),
  }
}

/** About how long the kernels of a network and what follows from them take, in seconds. */
export function secondsOf(kind: NetKind, depths: readonly number[], config: RegionConfig): number {
  const { train: n, test: m, side, width, steps, batch } = config
  const pairs = (n * (n + 1)) / 2 + n * m
  const layers = depths.reduce((sum, depth) => sum + depth, 0)
  const solving = depths.length * n ** 3 * 1.1e-8
  const positions = kind === 'FCN' ? 1 : side ** 2
  const weights = (width ?? 0) ** 2 * (kind === 'FCN' ? 1 : 9)
  const stepping = width === null ? 0 : steps * layers * (4e-4 + (batch ?? n) * positions * weights * 1.5e-9)
  if (kind === 'FCN') return 0.05 + (n + m) ** 2 * Math.max(...depths) * 4e-8 + solving + stepping
  return 0.05 + solving + stepping + layers * pairs * (kind === 'CNN-F' ? side ** 2 : side ** 4) * 1e-7
}

function columnStage(
  config: RegionConfig,
  { wVar, bVar }: Column,
  depths: readonly number[],
  repeat: number,
  data: Stage<ClassesOutput>,
): Stage<ColumnOutput> {
  const seconds = config.kinds.map((kind) => secondsOf(kind, depths, config))
  const whole = seconds.reduce((sum, one) => sum + one, 0)
  return stage({
    name: `b-${nameOf(bVar)}-w-${nameOf(wVar)}-${repeat}`,
    title: `σ_b² = ${bVar}, σ_w² = ${wVar}`,
    needs: { data },
    seconds: whole,
    async run({ data: { arrays } }, { signal, onPart }) {
      const cells: Cell[] = []
      const { x_train: train, x_test: test } = arrays
      let before = 0
      for (const [i, kind] of config.kinds.entries()) {
        let done = 0
        await kernelsOf(kind, depths, { wVar, bVar }, { train, test }, signal, async (depth, kernels) => {
          const { kappa, largest, ...mean } = accuraciesOf(kernels, arrays, config)
          const { width, batch, steps, rate } = config
          const onStep = (share: number): void => {
            const within = depths.slice(0, done).reduce((sum, one) => sum + one, 0) + share * depth
            const all = depths.reduce((sum, one) => sum + one, 0)
            onPart((before + ((seconds[i] as number) * within) / all) / whole)
          }
          const found =
            width === null
              ? mean
              : await trainedAccuracies(kind, depth, { wVar, bVar }, arrays, {
                  width,
                  batch,
                  steps,
                  learningRate: (2 * rate) / largest,
                  key: [repeat, depth].reduce(foldIn, foldIn(key(config.seed), 1)),
                  signal,
                  onStep,
                })
          cells.push({ kind, depth, wVar, bVar, ...found, mean, kappa })
          onStep(1)
          done += 1
        })
        before += seconds[i] as number
      }
      return { values: { repeat, cells, constant: constantAccuracies(arrays) }, arrays: {} }
    },
  })
}

const nameOf = (value: number): string => String(value).replace('.', 'p').replace('-', 'm')

/** Accuracies of the mean of networks that start at 0, by steps of gradient descent (Xiao et al. 2020, Equations 5 and 6). */
export function accuraciesOf(
  { train, across }: TrainingKernels,
  { y_train, y_test }: Pick<ClassesOutput['arrays'], 'y_train' | 'y_test'>,
  { rate, steps }: Pick<RegionConfig, 'rate' | 'steps'>,
): Pick<Cell, 'train' | 'test' | 'kappa'> & { readonly largest: number } {
  const most = maxLearningRate(train)
  const predict = gradientDescentMse(train, y_train, {
    loss: 'sum',
    dynamics: 'steps',
    learningRate: rate * most,
  })
  const found = predict({ t: steps, kTestTrain: across })
  const [n = 0] = train.shape
  const entries = train.dataSync()
  let trace = 0
  for (let i = 0; i < n; i++) trace += entries[i * n + i] as number
  const lambda = 2 / most
  return {
    train: accuracyOf(found.train.dataSync(), y_train.dataSync(), classCount),
    test: accuracyOf(found.test.dataSync(), y_test.dataSync(), classCount),
    largest: lambda,
    kappa: (lambda * (n - 1)) / (trace - lambda),
  }
}

export function constantAccuracies({
  y_train,
  y_test,
}: Pick<ClassesOutput['arrays'], 'y_train' | 'y_test'>): { readonly train: number; readonly test: number } {
  const sharesOf = (y: Tensor): number[] => {
    const data = y.dataSync()
    const shares = new Array<number>(classCount).fill(0)
    for (let i = 0; i < data.length; i++)
      if ((data[i] as number) > 0) shares[i % classCount] = (shares[i % classCount] as number) + 1
    return shares.map((count) => (count * classCount) / data.length)
  }
  const [train, test] = [sharesOf(y_train), sharesOf(y_test)]
  const most = largest(train, 0, classCount)
  return { train: train[most] as number, test: test[most] as number }
}
