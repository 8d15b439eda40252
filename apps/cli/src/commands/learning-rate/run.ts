import { withDtype } from '../../config/device.js'
import { renderFigure } from '../../figures/render.js'
import { spectrumFigure } from '../../figures/spectrum.js'
import type { Outcome, Prepared, Request } from '../../frame/command.js'
import { turn } from '../../frame/turn.js'
import { spectrumLimit } from '../../measures/spectrum.js'
import { sayDevice } from '../../networks/device.js'
import { writeAtomic } from '../../runs/atomic.js'
import { outputFile } from '../../runs/output-file.js'
import { shortNumber } from '../../text/number.js'
import { type Found, kernelOfData, requireSensible } from './kernel.js'
import { type Rates, ratesOf, type StableRate } from './rates.js'
import type { LearningRateConfig } from './settings.js'

/** `ntk learning-rate`: everything that can be refused is refused here, before anything is read or computed. */
export function prepareLearningRate(request: Request<LearningRateConfig>): Prepared {
  const config = withDtype(request.config())
  requireSensible(config)
  const files = ['svg', 'png', 'vl.json'].flatMap((ending) => {
    if (config.figure === undefined) return []
    const name = `${config.figure}.${ending}`
    return [{ name, path: outputFile(request.io.cwd, name) }]
  })
  return {
    config,
    plan: () => [
      ['kernel', `NTK, ${config.kernel}`],
      ['rates', ['gradient descent', ...config.momentum.map((mass) => `momentum ${mass}`)].join(', ')],
    ],
    async run() {
      const { io, progress, signal } = request
      await sayDevice(config, progress)
      const found = await kernelOfData(config, { io, progress, signal })
      await turn(signal)
      const rates = await ratesOf(config, found)
      if (files.length > 0) await draw(files, rates, found)
      return outcomeOf(
        config,
        found,
        rates,
        files.map(({ name }) => name),
      )
    },
  }
}

async function draw(
  files: readonly { readonly name: string; readonly path: string }[],
  { spectrum, rates }: Rates,
  { source, kernel }: Found,
): Promise<void> {
  if (spectrum === null) return
  const name = kernel.rank === 2 ? 'of the kernel' : 'of the kernel with all pairs of outputs'
  const drawn = await renderFigure(
    spectrumFigure(
      [{ name, eigenvalues: spectrum.eigenvalues.slice(0, spectrum.rank) }],
      `Gradient descent is stable up to a learning rate of ${shortNumber(rates[0]?.largest ?? Number.NaN)}`,
      source,
    ),
  )
  const contents = [drawn.svg, drawn.png, drawn.json]
  for (const [i, { path }] of files.entries()) writeAtomic(path, contents[i] ?? '')
}

function outcomeOf(
  { kernel, loss, weightDecay }: LearningRateConfig,
  { samples, outputs, source }: Found,
  { rates, critical, spectrum, slowest }: Rates,
  files: readonly string[],
): Outcome {
  const figures = spectrum === null ? [] : files
  const json = {
    kernel,
    loss,
    weightDecay,
    samples,
    outputs,
    source,
    rates,
    critical,
    spectrum,
    slowest,
    figures,
  }
  const rows: [string, string][] = rates.map((rate) => [nameOf(rate), shortNumber(rate.largest, 4)])
  if (critical !== null) rows.push(['critical, 2 / (λ_min + λ_max)', shortNumber(critical, 4)])
  if (spectrum === null) rows.push(['spectrum', `left out above ${spectrumLimit} rows`])
  else {
    const { eigenvalues, rank, conditionNumber, effectiveRank } = spectrum
    rows.push(
      [
        'eigenvalues',
        `${shortNumber(eigenvalues.at(-1) ?? Number.NaN)} to ${shortNumber(eigenvalues[0] ?? Number.NaN)}`,
      ],
      [
        'condition',
        conditionNumber === null ? `none: singular, of rank ${rank}` : shortNumber(conditionNumber),
      ],
      ['effective rank', `${shortNumber(effectiveRank)} of ${eigenvalues.length}`],
      [
        'slowest direction, at half of the first rate',
        slowest === null ? 'never learnt' : `a factor e in ${shortNumber(slowest)} steps`,
      ],
    )
  }
  if (figures[0] !== undefined) rows.push(['figure', `${figures[0]} (and .png, .vl.json)`])
  const width = Math.max(...rows.map(([label]) => label.length))
  const lines = rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`)
  const head = `${source}; ${samples} samples, ${kernel} kernel, ${lossNames[loss]}`
  return { json, text: () => `${head}\n${lines.join('\n')}\n` }
}

const lossNames = {
  mean: 'loss ½ mean (f − y)²',
  sum: 'loss ½ Σ (f − y)²',
  'cross-entropy': 'cross-entropy',
} as const

function nameOf({ optimizer, momentum, batch }: StableRate): string {
  const name = optimizer === 'gradient descent' ? optimizer : `${optimizer} ${momentum}`
  return batch === null ? name : `${name}, any batches of ${batch}`
}
