import { learningCurve } from '@ntk/regression'
import type { Tensor } from '@ntk/tensor'
import { type Stage, stage } from '../../../experiment/stage.js'
import { largest } from '../../../measures/numbers.js'
import type { RunKernels } from '../kernels.js'
import { r2Of } from '../measures.js'
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

/** Models of random parts of the training set, all from the kernel of the fit, whose score is the last point. */
export function curveStage(
  setup: Setup,
  needs: { readonly data: Stage<DataOutput>; readonly fit: Stage<FitOutput> },
  kernels: RunKernels,
): Stage<CurveOutput> {
  const title = 'learning curve'
  return stage({
    name: 'curve',
    title,
    needs,
    async run({ data: { values, arrays }, fit: fitted }, { io, progress, signal }) {
      const { get, draws } = setup.config
      const { x_train, x_test, y_train, y_test } = arrays
      const task = progress.task(title, 1)
      const numbers = values.task === 'numbers'
      const n = x_train.shape[0] ?? 0
      const sizes = curveSizes(n).filter((size) => size < n)
      const whole = { n, scores: [scoreOf(values.task, arrays.y_test, fitted.arrays.mean)] }
      if (sizes.length === 0) return { values: { points: [whole] }, arrays: {} }
      const kernel = kernels.of(fittedNet(setup, fitted.values), arrays, io.cwd)
      const { points } = await learningCurve(kernel, x_train, y_train, {
        ...(numbers ? { standardize: true } : { classes: values.classes.map((_, i) => i) }),
        task: numbers ? 'regression' : 'classification',
        sizes,
        repeats: draws,
        xTest: x_test,
        yTest: y_test,
        key: setup.keys.curve,
        diagReg: fitted.values.diagReg,
        get,
        signal,
        onProgress: ({ done, total }) => task.update(total === null ? 0 : done / total),
      })
      kernels.forget()
      task.done()
      const parts = points.map(({ n, draws }) => ({ n, scores: draws.map(({ score }) => score) }))
      return { values: { points: [...parts, whole] }, arrays: {} }
    },
  })
}

function scoreOf(task: 'classes' | 'numbers', y: Tensor, mean: Tensor): number {
  const [truth, found] = [y.dataSync(), mean.dataSync()]
  if (task === 'numbers') return r2Of(found, truth)
  const classes = mean.shape[1] ?? 1
  let right = 0
  for (let i = 0; i < truth.length; i++) if (largest(found, i * classes, classes) === truth[i]) right++
  return right / truth.length
}
