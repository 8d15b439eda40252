import { NtkError } from '@ntk/tensor'
import { nonNegative, oneOf, optional, positiveInteger, type Rule, text } from '@ntk/tensor/options'
import type { TrainRecord } from './train-state.js'

/** Training ends where a metric has not become better for some evaluations in a row. */
export interface EarlyStop {
  /** Evaluations in a row without a better value after which training ends. */
  readonly patience: number
  /** The set that is looked at: unless given the only one of `evaluate`, or 'train' where there is none. */
  readonly set?: string | undefined
  /** Its metric, 'loss' unless given. */
  readonly metric?: string | undefined
  /** Whether small ('min') or large values ('max') are good; 'min' unless given. */
  readonly mode?: 'min' | 'max' | undefined
  /** By how much a value must be better to count, 0 unless given. */
  readonly minDelta?: number | undefined
}

type EarlyStopRules = { readonly [K in keyof EarlyStop]-?: Rule<EarlyStop[K]> }

export const earlyStopRules: EarlyStopRules = {
  patience: positiveInteger(),
  set: optional(text()),
  metric: text('loss'),
  mode: oneOf(['min', 'max'], 'min'),
  minDelta: nonNegative(0),
}

/** Whether training ends with these evaluations. */
export type StopRule = (history: readonly TrainRecord[]) => boolean

/** The rule for a training with these sets and metrics. Throws NtkError 'option' where it names none of them. */
export function stopRule(
  earlyStop: EarlyStop | undefined,
  sets: readonly string[],
  metrics: readonly string[],
): StopRule {
  if (earlyStop === undefined) return () => false
  const { patience, metric = 'loss', mode = 'min', minDelta = 0 } = earlyStop
  const set = earlyStop.set ?? (sets.length === 1 ? sets[0] : sets.length === 0 ? 'train' : undefined)
  if (set === undefined) {
    throw new NtkError('option', {
      what: 'earlyStop of train needs the name of one of several sets.',
      fix: `Write { set: '${sets[0]}', ... }.`,
    })
  }
  requireKnown('set', set, ['train', ...sets])
  requireKnown('metric', metric, ['loss', ...metrics])
  const better = (value: number, best: number): boolean =>
    mode === 'min' ? value < best - minDelta : value > best + minDelta
  return (history) => {
    let best = mode === 'min' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
    let without = 0
    for (const { sets } of history) {
      // NaN is never better
      const value = sets[set]?.metrics[metric] ?? Number.NaN
      if (better(value, best)) {
        best = value
        without = 0
      } else without++
    }
    return without >= patience
  }
}

function requireKnown(what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return
  throw new NtkError('option', {
    what: `earlyStop of train needs a ${what} that is evaluated: ${known.join(', ')}.`,
    got: name,
  })
}
