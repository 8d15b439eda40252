import type { ResultsOf } from '../../experiment/stage.js'
import { type Mean, meanOf } from '../../measures/error-bar.js'
import type { RatesConfig } from './settings.js'
import { highest, lowest, type NetworkRates, type RatesStages } from './stages.js'

export interface RatesNumbers {
  readonly byVariance: readonly {
    readonly wVar: number
    readonly rises: Mean
    readonly risesOwn: Mean
    readonly fails: Mean
    /** Mean accuracies of its networks by rate. */
    readonly curve: readonly { readonly rate: number; readonly accuracy: number }[]
  }[]
  /** Over all variances: rates above which the loss rises, in units of the infinitely wide network and of its own kernel, and above which training fails. */
  readonly rises: Mean
  readonly risesOwn: Mean
  readonly fails: Mean
}

export function ratesNumbers({ networks }: ResultsOf<RatesStages>, config: RatesConfig): RatesNumbers {
  const all = networks.map(({ values }) => values)
  // Half of the interval that bisection leaves.
  const left = ((highest / lowest) ** (0.5 ** config.bisections) - 1) / 2
  const rates = [...config.rates].sort((a, b) => a - b)
  const step = Math.max(...rates.map((rate, i) => (i === 0 ? 0 : (rate - (rates[i - 1] as number)) / 2)))
  const withInterval = ({ mean, error }: Mean, interval: number): Mean => ({
    mean,
    error: Math.hypot(error, interval),
  })
  const summary = (own: readonly NetworkRates['values'][]): { rises: Mean; risesOwn: Mean; fails: Mean } => ({
    rises: withInterval(meanOf(own.map(({ rises }) => rises)), left),
    risesOwn: withInterval(meanOf(own.map(({ rises, own: scale }) => rises / scale)), left),
    fails: withInterval(meanOf(own.map(failsAt)), step / Math.sqrt(own.length)),
  })
  return {
    byVariance: [...config.wVars]
      .sort((a, b) => a - b)
      .map((wVar) => {
        const own = all.filter((one) => one.wVar === wVar)
        const curve = rates.map((rate) => {
          const found = own.map(
            ({ trainings }) => trainings.find((one) => one.rate === rate)?.accuracy ?? Number.NaN,
          )
          return { rate, accuracy: found.reduce((sum, value) => sum + value, 0) / found.length }
        })
        return { wVar, ...summary(own), curve }
      }),
    ...summary(all),
  }
}

/**
 * The rate at which accuracy falls below the middle between its largest and that of chance, half-way between rates; NaN where it does not, or where none
 * was learnt.
 */
function failsAt({ trainings }: NetworkRates['values']): number {
  const best = Math.max(...trainings.map(({ accuracy }) => accuracy))
  const middle = (best + 0.1) / 2
  if (best < 0.3) return Number.NaN
  const at = trainings.findLastIndex(({ accuracy }) => accuracy >= middle)
  const [holds, breaks] = [trainings[at], trainings[at + 1]]
  return holds === undefined || breaks === undefined ? Number.NaN : (holds.rate + breaks.rate) / 2
}
