import { readFileSync } from 'node:fs'
import { environment } from '../doctor/environment.js'
import { shortNumber } from '../figures/curves.js'
import { renderFigure } from '../figures/render.js'
import { curveStyles } from '../figures/theme.js'
import type { Progress } from '../progress/progress.js'
import { duration } from '../progress/progress.js'
import { type Fact, type ReportFigure, type ReportTable, renderReport } from '../report/html.js'
import type { RunDirectory } from '../runs/directory.js'
import type { MetricsLog } from '../runs/metrics.js'
import { metricsToParquet } from '../runs/parquet.js'
import type { StageContext, StageTiming } from '../runs/stages.js'
import { breathe } from './breathe.js'
import { percent, runFigures, subject } from './figures.js'
import type { Findings } from './gather.js'
import type { Outcome, Plan } from './plan.js'
import type { Setup } from './setup.js'
import { rateWarning } from './stages/empirical.js'

/** Everything that a finished run is written from. */
export interface Finished {
  readonly plan: Plan
  readonly run: RunDirectory
  readonly log: MetricsLog
  readonly timings: readonly StageTiming[]
  readonly results: Pick<StageContext, 'result'>
  readonly findings: Findings
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** Writes metrics.parquet, figures, results.json and report.html. */
export async function writeOutputs(finished: Finished): Promise<Outcome> {
  const { plan, run, log, results, findings, progress, signal } = finished
  const { setup } = plan
  run.write('metrics.parquet', metricsToParquet(log.rows()))
  const figures = runFigures(setup, results, findings)
  const task = progress.task('drawing figures', figures.length)
  const drawn: ReportFigure[] = []
  run.folder('figures')
  for (const [i, figure] of figures.entries()) {
    await breathe(signal)
    const { json, svg, png } = await renderFigure(figure.spec)
    run.write(`figures/${figure.name}.vl.json`, json)
    run.write(`figures/${figure.name}.svg`, svg)
    run.write(`figures/${figure.name}.png`, png)
    drawn.push({ svg, caption: figure.caption, ...(figure.narrow === true ? { narrow: true } : {}) })
    task.update(i + 1)
  }
  task.done()
  const facts = factsOf(setup, findings)
  const finding = findingOf(setup, findings)
  const numbers = numbersOf(setup, findings)
  run.write('results.json', `${JSON.stringify({ finding, ...numbers }, null, 2)}\n`)
  const config = readFileSync(run.file('config.yaml'), 'utf8')
  const report = renderReport({
    title: finding,
    kicker: `ntk dynamics · ${setup.config.data.name} · ${run.id}`,
    lead: leadOf(setup),
    warnings: warningsOf(findings, progress),
    facts,
    figures: drawn,
    tables: tablesOf(findings, finished.timings),
    config,
    environment: environment(),
    reproduce: `ntk dynamics --config ${run.shown}/config.yaml`,
    files: filesOf(),
  })
  run.write('report.html', report)
  return { run: run.shown, finding, facts, report: `${run.shown}/report.html`, results: numbers }
}

/** All that was warned of, also in an earlier go of a run that was resumed. */
function warningsOf({ learningRate, maxLearningRate }: Findings, progress: Progress): string[] {
  const rate = rateWarning(learningRate, maxLearningRate)
  return [...new Set([...(rate === null ? [] : [rate]), ...progress.warnings])]
}

function findingOf(setup: Setup, { network: { ofStart } }: Findings): string {
  const which = setup.width === null ? 'The network' : `A network of width ${setup.width}`
  return ofStart < 0.1
    ? `${which} trains as its kernel predicts: losses within ${percent(ofStart)} of the starting loss`
    : `${which} leaves its kernel: losses differ by up to ${percent(ofStart)} of the starting loss`
}

function leadOf(setup: Setup): string {
  const { training, data } = setup.config
  const batch = training.batch === 'full' ? 'full batches' : `batches of ${training.batch}`
  const momentum = training.momentum === 0 ? '' : ` and momentum ${training.momentum}`
  return [
    `Trained: ${subject(setup)}; ${training.steps} steps of gradient descent on ½ mean (f − y)², ${batch}${momentum}.`,
    `Beside it its linearization was trained from the same start, and both were predicted in closed form: from the`,
    `tangent kernel of this network, and from the kernels at infinite width. ${data.test} test images were never trained on.`,
  ].join(' ')
}

function factsOf(setup: Setup, findings: Findings): Fact[] {
  const { network, closedForm, infinite } = findings.curves
  const last = (list: readonly number[]): number => list.at(-1) ?? Number.NaN
  const sweep = findings.sweep
  return [
    {
      label: 'loss curves differ by',
      value: percent(findings.network.ofStart),
      note: 'at most, of the starting loss; network against closed form, train and test',
    },
    {
      label: 'RMSE of test outputs',
      value: shortNumber(findings.networkRmse, 2),
      note: `network against closed form at step ${setup.config.training.steps}`,
    },
    {
      label: 'learning rate',
      value: shortNumber(findings.learningRate),
      note: `largest stable one: ${shortNumber(findings.maxLearningRate)}`,
    },
    {
      label: 'test accuracy',
      value: percent(last(network.test.accuracy)),
      note: `closed form ${percent(last(closedForm.test.accuracy))}, mean of infinitely wide networks ${percent(last(infinite.test.accuracy))}`,
    },
    ...(sweep === null
      ? []
      : [
          {
            label: 'distance falls as width to the',
            value: shortNumber(sweep.law.slope, 2),
            note: `widths ${sweep.points.map((point) => point.width).join(', ')}; theory: −0.5`,
          },
        ]),
  ]
}

/** The numbers of results.json and of `--json`. */
function numbersOf(setup: Setup, findings: Findings): Record<string, unknown> {
  const { curves, empirical, infinite, ...rest } = findings
  const last = (list: readonly number[]): number | null => list.at(-1) ?? null
  const final = Object.entries(curves).map(([name, curve]) => [
    name,
    {
      trainLoss: last(curve.train.loss),
      testLoss: last(curve.test.loss),
      trainAccuracy: last(curve.train.accuracy),
      testAccuracy: last(curve.test.accuracy),
    },
  ])
  return {
    ...rest,
    steps: setup.config.training.steps,
    final: Object.fromEntries(final),
    kernelCondition: { empirical: empirical.condition, infinite: infinite.condition },
    spec: setup.spec,
  }
}

function tablesOf(findings: Findings, timings: readonly StageTiming[]): ReportTable[] {
  const { curves, sweep } = findings
  const last = (list: readonly number[]): number => list.at(-1) ?? Number.NaN
  const order = ['network', 'linearized', 'closedForm', 'infinite'] as const
  const condition = (value: number | null): string => (value === null ? 'singular' : shortNumber(value))
  const extreme = (list: readonly number[], at: number): string => shortNumber(list.at(at) ?? Number.NaN)
  return [
    {
      caption: 'At the last step',
      head: ['', 'training loss', 'test loss', 'training accuracy', 'test accuracy'],
      rows: order.map((name) => [
        curveStyles[name].label,
        shortNumber(last(curves[name].train.loss)),
        shortNumber(last(curves[name].test.loss)),
        percent(last(curves[name].train.accuracy)),
        percent(last(curves[name].test.accuracy)),
      ]),
      note:
        'The loss is ½ mean (f − y)² over images and outputs; at infinite width, its expectation over networks. On test ' +
        'images a single network keeps part of the chance of its start, which costs accuracy and is predicted with it; the ' +
        'mean over networks has none.',
    },
    {
      caption: 'Against the closed form',
      head: [
        '',
        'losses, largest difference of the starting loss',
        'largest relative difference at one step',
        'test outputs, RMSE',
      ],
      rows: (
        [
          ['network', findings.network, findings.networkRmse],
          ['linearization', findings.linearized, findings.linearizedRmse],
        ] as const
      ).map(([name, { ofStart, relative }, outputs]) => [
        name,
        percent(ofStart),
        percent(relative),
        shortNumber(outputs),
      ]),
      note: 'Both sets, all evaluated steps; outputs after the last one. Relative differences grow as losses go to zero.',
    },
    {
      caption: 'Tangent kernels on the training images',
      head: ['', 'largest eigenvalue', 'smallest eigenvalue', 'condition'],
      rows: [
        [
          'this network at its start',
          extreme(findings.empirical.eigenvalues, 0),
          extreme(findings.empirical.eigenvalues, -1),
          condition(findings.empirical.condition),
        ],
        [
          'infinite width',
          extreme(findings.infinite.eigenvalues, 0),
          extreme(findings.infinite.eigenvalues, -1),
          condition(findings.infinite.condition),
        ],
      ],
    },
    ...(findings.limit === null
      ? []
      : [
          {
            caption: 'Trained to the end, t = ∞',
            head: ['', 'test loss', 'test accuracy'],
            rows: (
              [
                ['closed form of this network', findings.limit.network],
                ['infinite width, loss of the mean', findings.limit.infinite],
              ] as const
            ).map(([name, { testLoss, testAccuracy }]) => [
              name,
              shortNumber(testLoss),
              percent(testAccuracy),
            ]),
          },
        ]),
    ...(sweep === null
      ? []
      : [
          {
            caption: 'Widths',
            head: ['width', 'RMSE of test outputs'],
            rows: sweep.points.map((point) => [String(point.width), shortNumber(point.rmse)]),
            note: `Fitted: ${shortNumber(sweep.law.scale)} · width^(${shortNumber(sweep.law.slope)}).`,
          },
        ]),
    {
      caption: 'Time',
      head: ['stage', 'took', ''],
      rows: timings.map(({ title, seconds, reused }) => [
        title,
        duration(seconds),
        reused ? 'in an earlier go' : '',
      ]),
    },
  ]
}

function filesOf(): [string, string][] {
  return [
    ['config.yaml', 'the resolved config'],
    ['results.json', 'the numbers of this page'],
    ['metrics.jsonl', 'loss and accuracy: a row for every curve, set and evaluated step'],
    ['metrics.parquet', 'the same as Parquet'],
    ['figures/', 'every figure as SVG, PNG and Vega-Lite'],
    ['stages/', 'arrays of every stage as npy: data, kernels, outputs'],
  ]
}
