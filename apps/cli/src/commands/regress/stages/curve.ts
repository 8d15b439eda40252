import { kernelFn } from '@ntk/kernels-analytic'
import { kernelClassifier, kernelRegressor } from '@ntk/regression'
import { foldIn, permutation, type Tensor, take, tensor } from '@ntk/tensor'
import { type Stage, stage } from '../../../experiment/stage.js'
import { accuracyOfLabels, r2Of } from '../measures.js'
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
      const { diagReg, temperature } = fitted.values
      const { x_train, x_test, y_train, y_test } = arrays
      const kernel = kernelFn(fittedNet(setup, fitted.values))
      const own = await kernel(x_train, null, { get, signal })
      const across = await kernel(x_test, x_train, { get, signal })
      const n = x_train.shape[0] ?? 0
      const sizes = curveSizes(n)
      const task = progress.task(title, sizes.length)
      const classes = values.classes.map((_, i) => i)
      const score = async (rows: Tensor): Promise<number> => {
        const k = take(take(own, rows, 0), rows, 1)
        const y = take(y_train, rows, 0)
        const test = take(across, rows, 1)
        if (values.task === 'numbers') {
          const model = await kernelRegressor('precomputed', { diagReg, standardize: true }).fit(k, y, {
            signal,
          })
          return r2Of((await model.predict(test, { get: 'mean' })).dataSync(), y_test.dataSync())
        }
        // Labels are those of the largest mean, whatever the temperature.
        const options = { diagReg, classes, temperature: temperature ?? 1 }
        const model = await kernelClassifier('precomputed', options).fit(k, y, { signal })
        return accuracyOfLabels((await model.predict(test, { get: 'labels' })).dataSync(), y_test.dataSync())
      }
      const points: CurvePoint[] = []
      for (const [i, size] of sizes.entries()) {
        const scores: number[] = []
        for (let draw = 0; draw < (size === n ? 1 : draws); draw++) {
          const order = permutation(foldIn(setup.keys.curve, draw), n).dataSync()
          scores.push(await score(tensor(Int32Array.from(order.subarray(0, size)))))
        }
        points.push({ n: size, scores })
        task.update(i + 1)
      }
      task.done()
      return { values: { points }, arrays: {} }
    },
  })
}
