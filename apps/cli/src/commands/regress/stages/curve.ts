import { learningCurve } from '@ntk/regression'
import type { Tensor } from '@ntk/tensor'
import { type Stage, stage } from '../../../experiment/stage.js'
import type { Setup } from '../setup.js'
import type { DataOutput } from './data.js'
import { type FitOutput, fittedNet } from './fit.js'

/** The score of models of one size on the test set: accuracy, or R². */
export interface CurvePoint {
  readonly n: number
  readonly scores: readonly number[]
}

export interface CurveOutput {
  readonly values: { readonly points: readonly CurvePoint[] }
  readonly arrays: Readonly<Record<never, Tensor>>
}

/** Sizes of a learning curve: halves of the training set, down to a sixteenth. */
export function curveSizes(n: number): number[] {
  const sizes = [16, 8, 4, 2, 1].map((part) => Math.floor(n / part))
  return [...new Set(sizes)].filter((size) => size >= 8 || size === n)
}

/** Models of random parts of the training set, all from one kernel. */
export function curveStage(setup: Setup, data: Stage<DataOutput>, fit: Stage<FitOutput>): Stage<CurveOutput> {
  const title = 'learning curve'
  return stage({
    name: 'curve',
    title,
    needs: { data, fit },
    async run({ data: { values, arrays }, fit: fitted }, { progress, signal }) {
      const { get, draws } = setup.config
      const { x_train, x_test, y_train, y_test } = arrays
      const task = progress.task(title, 1)
      const numbers = values.task === 'numbers'
      const { points } = await learningCurve(fittedNet(setup, fitted.values), x_train, y_train, {
        ...(numbers ? { standardize: true } : { classes: values.classes.map((_, i) => i) }),
        task: numbers ? 'regression' : 'classification',
        sizes: curveSizes(x_train.shape[0] ?? 0),
        repeats: draws,
        xTest: x_test,
        yTest: y_test,
        key: setup.keys.curve,
        diagReg: fitted.values.diagReg,
        get,
        signal,
        onProgress: ({ done, total }) => task.update(total === null ? 0 : done / total),
      })
      task.done()
      return {
        values: { points: points.map(({ n, draws }) => ({ n, scores: draws.map(({ score }) => score) })) },
        arrays: {},
      }
    },
  })
}
