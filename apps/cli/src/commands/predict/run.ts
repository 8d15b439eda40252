import type { Outcome, Prepared, Request } from '../../frame/command.js'
import { meanOf } from '../../measures/error-bar.js'
import { sayDevice } from '../../networks/device.js'
import { duration } from '../../progress/progress.js'
import { percent, shortNumber } from '../../text/number.js'
import { predictAll } from './compute.js'
import { problemOfData, requireSensible } from './from-data.js'
import { problemOfFiles } from './from-files.js'
import type { Predictions, SetPrediction } from './prediction.js'
import { fromFiles, type PredictConfig, type SettledConfig, settled } from './settings.js'
import { filesOf, type Target, targetOf, writePredictions } from './write.js'

/** `ntk predict`: everything that can be refused is refused here, before anything is read or computed. */
export function preparePredict(request: Request<PredictConfig>): Prepared {
  const config = settled(request.config())
  const files = fromFiles(config)
  if (!files) requireSensible(config)
  const target = targetOf(request.io.cwd, config.out)
  return {
    config,
    plan: () => [
      [
        'kernels',
        files ? 'of files' : `computed, ${config.of === 'network' ? 'of one network' : 'at infinite width'}`,
      ],
      ['times', config.times.join(', ')],
      ['writes', filesOf(target, config).join(', ')],
    ],
    run: () => predicted(config, target, request),
  }
}

async function predicted(
  config: SettledConfig,
  target: Target,
  { io, progress, signal }: Request<PredictConfig>,
): Promise<Outcome> {
  const start = performance.now()
  await sayDevice(config, progress)
  const problem = fromFiles(config)
    ? await problemOfFiles(io.cwd, config)
    : await problemOfData(config, { io, progress, signal })
  const task = progress.task('predicting', config.times.length)
  let found: Predictions
  try {
    found = await predictAll(problem, config, signal, (done) => task.update(done))
    task.done()
  } catch (error) {
    task.stop()
    throw error
  }
  const files = writePredictions(target, found)
  const summary = summaryOf(found, files, config)
  const seconds = (performance.now() - start) / 1000
  return { json: { ...summary, seconds }, text: () => textOf(summary, problem.source, seconds) }
}

interface Row {
  readonly time: number | 'inf'
  readonly trainLoss: number | null
  readonly testLoss: number | null
  readonly trainAccuracy: number | null
  readonly testAccuracy: number | null
  /** Mean over test samples (training samples where there are none) of the standard deviation. */
  readonly deviation: number | null
}

interface Summary {
  readonly files: readonly string[]
  readonly of: 'ensemble' | 'network'
  readonly get: 'ntk' | 'nngp'
  readonly loss: PredictConfig['loss']
  readonly shape: readonly number[]
  readonly times: readonly Row[]
}

function summaryOf(found: Predictions, files: readonly string[], { get, loss }: SettledConfig): Summary {
  const { train, test, times, of } = found
  const set = test ?? train
  const at = (list: readonly number[] | null | undefined, i: number): number | null => list?.[i] ?? null
  return {
    files,
    of,
    get,
    loss,
    shape: set.mean.shape,
    times: times.map(
      (time, i): Row => ({
        time: Number.isFinite(time) ? time : 'inf',
        trainLoss: at(train.loss, i),
        testLoss: at(test?.loss, i),
        trainAccuracy: at(train.accuracy, i),
        testAccuracy: at(test?.accuracy, i),
        deviation: meanDeviation(set, i),
      }),
    ),
  }
}

function meanDeviation({ deviation }: SetPrediction, i: number): number | null {
  if (deviation === null) return null
  const [, samples = 0] = deviation.shape
  return meanOf([...deviation.dataSync().subarray(i * samples, (i + 1) * samples)]).mean
}

const columns: readonly (readonly [head: string, show: (row: Row) => string | null])[] = [
  ['time', ({ time }) => (time === 'inf' ? '∞' : shortNumber(time))],
  ['training loss', ({ trainLoss }) => shown(trainLoss)],
  ['test loss', ({ testLoss }) => shown(testLoss)],
  ['training accuracy', ({ trainAccuracy }) => (trainAccuracy === null ? null : percent(trainAccuracy))],
  ['test accuracy', ({ testAccuracy }) => (testAccuracy === null ? null : percent(testAccuracy))],
  ['standard deviation', ({ deviation }) => shown(deviation)],
]

const shown = (value: number | null): string | null => (value === null ? null : shortNumber(value))

function textOf({ files, of, get, loss, shape, times }: Summary, source: string, seconds: number): string {
  const used = columns.filter(([, show]) => times.some((row) => show(row) !== null))
  const table = [used.map(([head]) => head), ...times.map((row) => used.map(([, show]) => show(row) ?? ''))]
  const widths = used.map((_, i) => Math.max(...table.map((cells) => (cells[i] ?? '').length)))
  const lines = table.map((cells) => `  ${cells.map((cell, i) => cell.padStart(widths[i] ?? 0)).join('  ')}`)
  const what =
    of === 'ensemble'
      ? `${get}, infinitely wide networks`
      : `${get}, one network${loss === 'cross-entropy' ? ' under cross-entropy' : ''}`
  return `${files.join(', ')}  ${source}; ${what}; ${loss === 'cross-entropy' ? 'logits' : 'means'} of shape ${shape.join(' × ')}, in ${duration(seconds)}\n${lines.join('\n')}\n`
}
