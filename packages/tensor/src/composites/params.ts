import { NtkError } from '../errors.js'
import { show } from '../options/show.js'
import type { DualStep, SpaceStep } from './contracts.js'
import { isSeriesTable } from './series.js'

/** What a parameter must be, for callers that no compiler has checked. */
export interface ParamRule {
  /** After "needs": 'a as a number'. */
  readonly wanted: string
  accepts(value: unknown): boolean
}

const isNumber = (value: unknown): boolean => typeof value === 'number'
const isIndex = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0

export const number: ParamRule = { wanted: 'a number', accepts: isNumber }
export const index: ParamRule = { wanted: 'an integer >= 0', accepts: isIndex }
export const truth: ParamRule = { wanted: 'true or false', accepts: (value) => typeof value === 'boolean' }
export const numberList: ParamRule = {
  wanted: 'a list of numbers',
  accepts: (value) => Array.isArray(value) && value.every(isNumber),
}

export const seriesTable: ParamRule = { wanted: 'the table of a series', accepts: isSeriesTable }

/** The name and options of an activation. */
export const activationRecord: ParamRule = {
  wanted: 'an activation, { name, options }',
  accepts: (value) =>
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'options' in value &&
    typeof value.options === 'object',
}

const profileTable: ParamRule = {
  wanted: 'the table of a profile',
  accepts: (value) => value instanceof Float64Array && value.length > 0,
}

/** The parameters of each kind of step. */
const stepParams: { readonly [K in DualStep['kind']]: Readonly<Record<string, ParamRule>> } = {
  affine: { wVar: number, bVar: number },
  abRelu: { a: number, b: number },
  erf: { a: number, b: number, c: number },
  profile: { gain: number, panels: number, table: profileTable },
  series: { table: seriesTable, of: activationRecord },
}

/** Two halves of panels, nine coefficients of two functions each. */
function isProfile(value: object): boolean {
  const table: unknown = Reflect.get(value, 'table')
  const panels: unknown = Reflect.get(value, 'panels')
  if (!Number.isInteger(panels) || (panels as number) < 1) return false
  return table instanceof Float64Array && table.length === 36 * (panels as number)
}

function isStep(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  const kind = String(value.kind)
  if (!Object.hasOwn(stepParams, kind)) return false
  const isRight = Object.entries(stepParams[kind as DualStep['kind']]).every(([name, rule]) =>
    rule.accepts(Reflect.get(value, name)),
  )
  return isRight && (kind !== 'profile' || isProfile(value))
}

const isStop = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Reflect.get(value, 'kind') === 'stop'

export const stepList: ParamRule = {
  wanted: `a list of steps (${Object.entries(stepParams)
    .map(([kind, params]) => `'${kind}' with ${Object.keys(params).join(', ')}`)
    .join('; ')})`,
  accepts: (value) => Array.isArray(value) && value.every(isStep),
}

export const stackStepList: ParamRule = {
  wanted: `${stepList.wanted}, and 'stop' between them`,
  accepts: (value) => Array.isArray(value) && value.every((step) => isStep(step) || isStop(step)),
}

const isPlace = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= -1

/** Taps of one length, each a list of places. */
function isAxisWindow(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false
  const [first] = value as readonly unknown[]
  return value.every(
    (tap) => Array.isArray(tap) && tap.length === (first as readonly unknown[]).length && tap.every(isPlace),
  )
}

function isSpaceStep(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  const inVectors: readonly unknown[] = ['affine', 'profile']
  if (value.kind === 'sum')
    return isListOf(Reflect.get(value, 'branches'), (branch) => isListOf(branch, isSpaceStep))
  const axes: unknown = Reflect.get(value, 'axes')
  if (value.kind === 'attention') return isAttention(value)
  if (value.kind === 'pool')
    return isListOf(axes, isAxisWindow) && isListOf(Reflect.get(value, 'factors'), isNumberList)
  if (value.kind === 'norm') return isListOf(axes, isIndex) && isNumber(Reflect.get(value, 'epsilon'))
  if (value.kind !== 'window') return !inVectors.includes(value.kind) && isStep(value)
  return (
    isListOf(axes, isAxisWindow) &&
    hasNumbers(value, 'wVar', 'bVar') &&
    isTangent(Reflect.get(value, 'tangent'))
  )
}

const isListOf = (value: unknown, of: (x: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(of)

const isNumberList = (value: unknown): boolean => isListOf(value, isNumber)

const mechanisms: readonly unknown[] = ['SOFTMAX', 'IDENTITY', 'ABS', 'RELU']

function isAttention(value: object): boolean {
  const embedding: unknown = Reflect.get(value, 'embedding')
  const isEmbedding =
    typeof embedding === 'object' &&
    embedding !== null &&
    hasNumbers(embedding, 'share') &&
    Reflect.get(embedding, 'correlations') instanceof Float64Array &&
    typeof Reflect.get(embedding, 'inValues') === 'boolean'
  const known = mechanisms.includes(Reflect.get(value, 'mechanism'))
  return known && hasNumbers(value, 'gain') && (embedding === undefined || isEmbedding)
}

const hasNumbers = (value: object, ...names: readonly string[]): boolean =>
  names.every((name) => isNumber(Reflect.get(value, name)))

const isTangent = (value: unknown): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && hasNumbers(value, 'gain', 'bias'))

/** Whether what comes out is Gaussian; null where a step gets what is not and needs it. */
function gaussianAfter(steps: readonly SpaceStep[], before: boolean): boolean | null {
  let here = before
  for (const step of steps) {
    if (step.kind === 'window') here = true
    else if (step.kind === 'sum') {
      const after = step.branches.map((branch) => gaussianAfter(branch, here))
      if (after.length === 0 || after.includes(null)) return null
      here = after.every((gaussian) => gaussian === true)
    } else if (step.kind !== 'attention' && step.kind !== 'pool') {
      if (!here) return null
      here = step.kind === 'norm'
    }
  }
  return here
}

function isSpaceList(value: unknown): boolean {
  if (!isListOf(value, isSpaceStep)) return false
  const steps = value as readonly SpaceStep[]
  return (steps.length === 0 || steps[0]?.kind === 'window') && gaussianAfter(steps, false) !== null
}

export const spaceStepList: ParamRule = {
  wanted:
    "a list of steps in space that begins with a window ('window' with axes, wVar, bVar, 'norm' with axes, epsilon, 'attention' with mechanism, gain, 'pool' with axes, factors, 'sum' with branches, or an activation; norms and activations of what is Gaussian)",
  accepts: isSpaceList,
}

export const spaceEnd: ParamRule = {
  wanted: "'meanOfEqual', 'meanOfAll' or 'sumOfAll'",
  accepts: (value) => value === 'meanOfEqual' || value === 'meanOfAll' || value === 'sumOfAll',
}

export const spacePart: ParamRule = {
  wanted: 'nothing, or { index, of } of whole numbers, index below of',
  accepts: (value) => {
    if (value === undefined) return true
    if (typeof value !== 'object' || value === null || !('index' in value) || !('of' in value)) return false
    const { index, of } = value
    return (
      Number.isInteger(index) &&
      Number.isInteger(of) &&
      (index as number) >= 0 &&
      (index as number) < (of as number)
    )
  },
}

export const matrixNames: ParamRule = {
  wanted: "'nngp', 'ntk' or both, in a list",
  accepts: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    new Set(value).size === value.length &&
    value.every((name) => name === 'nngp' || name === 'ntk'),
}

function isKnown(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const [at, values]: unknown[] = [Reflect.get(value, 'at'), Reflect.get(value, 'values')]
  return at instanceof Int32Array && values instanceof Float64Array && at.length === values.length
}

export const knownProducts: ParamRule = {
  wanted: 'an Int32Array `at` of places and a Float64Array `values` of as many products',
  accepts: isKnown,
}

/** Throws NtkError 'option' unless every parameter is what its rule wants. */
export function checkParams(
  name: string,
  rules: Readonly<Record<string, ParamRule>>,
  params: object | undefined,
): void {
  for (const [key, rule] of Object.entries(rules)) {
    const value: unknown =
      typeof params === 'object' && params !== null ? Reflect.get(params, key) : undefined
    if (rule.accepts(value)) continue
    throw new NtkError('option', {
      what: `${name} needs \`${key}\` as ${rule.wanted}.`,
      got: show(value),
    })
  }
}
