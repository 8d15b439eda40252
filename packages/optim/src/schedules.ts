/** Learning rates by step, as optax names and defines them: pure functions of the count of updates made. */
import { NtkError } from '@ntk/tensor'
import {
  boolean,
  finite,
  listOf,
  nonNegative,
  nonNegativeInteger,
  optional,
  positive,
  positiveInteger,
  type RulesFor,
  readOptions,
  requireList,
  rule,
  show,
} from '@ntk/tensor/options'
import { requireNumber } from './require-number.js'

/** The value at a step: the count of updates already made. */
export type StepFunction = (step: number) => number

function start(owner: string, value: number): void {
  requireNumber(`${owner} needs a value to start from`, value, () => true, 'that is finite')
}

/** The same value at every step. */
export function constantSchedule(value: number): StepFunction {
  start('constantSchedule', value)
  return () => value
}

export interface LinearScheduleOptions {
  readonly endValue: number
  /** Steps from the first value to the last. */
  readonly transitionSteps: number
  /** Steps before it begins, 0 unless given. */
  readonly transitionBegin?: number | undefined
}

const linearRules = {
  endValue: finite(),
  transitionSteps: positiveInteger(),
  transitionBegin: nonNegativeInteger(0),
} satisfies RulesFor<LinearScheduleOptions>

/** From one value to another on a line, and constant before and after: a warm-up, `linearSchedule(0, { endValue, transitionSteps })`. */
export function linearSchedule(initValue: number, options: LinearScheduleOptions): StepFunction {
  start('linearSchedule', initValue)
  const { endValue, transitionSteps, transitionBegin } = readOptions('linearSchedule', linearRules, options)
  return (step) => {
    const left = 1 - clamp(step - transitionBegin, 0, transitionSteps) / transitionSteps
    return (initValue - endValue) * left + endValue
  }
}

export interface ExponentialDecayOptions {
  /** Steps in which the value changes by `decayRate`. */
  readonly transitionSteps: number
  readonly decayRate: number
  /** Steps before it begins, 0 unless given. */
  readonly transitionBegin?: number | undefined
  /** Change every `transitionSteps` steps at once: decay by steps. */
  readonly staircase?: boolean | undefined
  /** Not beyond this. */
  readonly endValue?: number | undefined
}

const exponentialRules = {
  transitionSteps: positiveInteger(),
  decayRate: positive(),
  transitionBegin: nonNegativeInteger(0),
  staircase: boolean(false),
  endValue: optional(finite()),
} satisfies RulesFor<ExponentialDecayOptions>

/** initValue · decayRate^(step / transitionSteps); with `staircase` the exponent is rounded down, which is decay by steps. */
export function exponentialDecay(initValue: number, options: ExponentialDecayOptions): StepFunction {
  start('exponentialDecay', initValue)
  const { transitionSteps, decayRate, transitionBegin, staircase, endValue } = readOptions(
    'exponentialDecay',
    exponentialRules,
    options,
  )
  return (step) => {
    const after = step - transitionBegin
    if (after <= 0) return initValue
    const power = after / transitionSteps
    const value = initValue * decayRate ** (staircase ? Math.floor(power) : power)
    if (endValue === undefined) return value
    return decayRate < 1 ? Math.max(value, endValue) : Math.min(value, endValue)
  }
}

export interface CosineDecayOptions {
  readonly decaySteps: number
  /** The last value as a share of the first, 0 unless given. */
  readonly alpha?: number | undefined
  /** Of the cosine, 1 unless given. */
  readonly exponent?: number | undefined
}

const cosineRules = {
  decaySteps: positiveInteger(),
  alpha: finite(0),
  exponent: positive(1),
} satisfies RulesFor<CosineDecayOptions>

/** initValue · ((1 − alpha) (½ (1 + cos(π step / decaySteps)))^exponent + alpha), and constant after (Loshchilov and Hutter 2017). */
export function cosineDecaySchedule(initValue: number, options: CosineDecayOptions): StepFunction {
  start('cosineDecaySchedule', initValue)
  const { decaySteps, alpha, exponent } = readOptions('cosineDecaySchedule', cosineRules, options)
  return (step) => {
    const half = 0.5 * (1 + Math.cos((Math.PI * Math.min(step, decaySteps)) / decaySteps))
    return initValue * ((1 - alpha) * half ** exponent + alpha)
  }
}

export interface WarmupCosineDecayOptions {
  readonly peakValue: number
  readonly warmupSteps: number
  /** Steps in all, those of the warm-up included. */
  readonly decaySteps: number
  /** 0 unless given. */
  readonly endValue?: number | undefined
  /** Of the cosine, 1 unless given. */
  readonly exponent?: number | undefined
}

const warmupRules = {
  peakValue: positive(),
  warmupSteps: positiveInteger(),
  decaySteps: positiveInteger(),
  endValue: nonNegative(0),
  exponent: positive(1),
} satisfies RulesFor<WarmupCosineDecayOptions>

/** A line from initValue to peakValue, then a cosine down to endValue. */
export function warmupCosineDecaySchedule(
  initValue: number,
  options: WarmupCosineDecayOptions,
): StepFunction {
  const owner = 'warmupCosineDecaySchedule'
  start(owner, initValue)
  const { peakValue, warmupSteps, decaySteps, endValue, exponent } = readOptions(owner, warmupRules, options)
  if (decaySteps <= warmupSteps) {
    throw new NtkError('option', {
      what: `${owner} needs more steps in all (\`decaySteps\`) than its warm-up takes.`,
      got: `${decaySteps} steps, ${warmupSteps} of them warm-up`,
    })
  }
  return joinSchedules(
    [
      linearSchedule(initValue, { endValue: peakValue, transitionSteps: warmupSteps }),
      cosineDecaySchedule(peakValue, {
        decaySteps: decaySteps - warmupSteps,
        alpha: endValue / peakValue,
        exponent,
      }),
    ],
    [warmupSteps],
  )
}

export interface PiecewiseConstantOptions {
  /** Steps at which the value changes, ascending. */
  readonly boundaries: readonly number[]
  /** What it is multiplied by at each of them. */
  readonly scales: readonly number[]
}

const piecewiseRules = {
  boundaries: listOf(nonNegativeInteger(), 'a list of steps'),
  scales: listOf(nonNegative(), 'a list of numbers not below 0'),
} satisfies RulesFor<PiecewiseConstantOptions>

/** initValue times the scales of all boundaries up to the step, that step included. */
export function piecewiseConstantSchedule(
  initValue: number,
  options: PiecewiseConstantOptions,
): StepFunction {
  const owner = 'piecewiseConstantSchedule'
  start(owner, initValue)
  const { boundaries, scales } = readOptions(owner, piecewiseRules, options)
  ascending(owner, boundaries)
  if (scales.length !== boundaries.length) {
    throw new NtkError('option', {
      what: `${owner} needs a scale for each boundary.`,
      got: `${scales.length} for ${boundaries.length}`,
    })
  }
  return (step) =>
    scales.reduce((value, s, i) => (step < (boundaries[i] as number) ? value : value * s), initValue)
}

const schedule = rule<StepFunction>('a function of the step', (v) => typeof v === 'function')

/** One schedule after another, each counting from the step at which it begins; `boundaries` are those steps but for the first. */
export function joinSchedules(
  schedules: readonly StepFunction[],
  boundaries: readonly number[],
): StepFunction {
  requireList(schedules, 'The schedules of joinSchedules')
  requireList(boundaries, 'The boundaries of joinSchedules')
  const wrong = schedules.find((s) => !schedule.accepts(s))
  if (wrong !== undefined || schedules.length === 0 || schedules.length !== boundaries.length + 1) {
    throw new NtkError('value', {
      what: 'joinSchedules needs a list of schedules, functions of the step, and one boundary fewer.',
      got:
        wrong === undefined ? `${schedules.length} schedules, ${boundaries.length} boundaries` : show(wrong),
      fix: wrong === undefined ? undefined : 'Make one, such as constantSchedule(0.1).',
    })
  }
  ascending('joinSchedules', boundaries)
  return (step) => {
    const at = boundaries.findLastIndex((boundary) => step >= boundary)
    return (schedules[at + 1] as StepFunction)(at < 0 ? step : step - (boundaries[at] as number))
  }
}

function ascending(owner: string, boundaries: readonly number[]): void {
  if (
    boundaries.every(
      (b, i) => Number.isSafeInteger(b) && b >= 0 && (i === 0 || b > (boundaries[i - 1] as number)),
    )
  ) {
    return
  }
  throw new NtkError('option', {
    what: `${owner} needs boundaries that are steps, ascending.`,
    got: show(boundaries),
  })
}

function clamp(x: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, x))
}
