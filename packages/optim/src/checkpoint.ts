/** Checkpoints as named tensors and strings: what a safetensors file holds. */
import { leafPaths, type Tree, treeFlatten, treeUnflatten } from '@ntk/autodiff'
import { constantFromData, NtkError, type Safetensors, Tensor, type Value } from '@ntk/tensor'
import { isRecord, show } from '@ntk/tensor/options'
import type { RunDescription } from './checkpoint-store.js'
import { requireLike } from './like.js'
import type { SetRecord, TrainRecord, TrainState } from './train-state.js'

/** What the strings of a checkpoint say that it is. */
const format = 'ntk checkpoint 1'

/** The parts of a state whose trees are saved, and what their tensors' names begin with. */
const parts = { params: 'params', optimizerState: 'optimizer' } as const

/** A state as tensors and strings. Their order, and hence every byte, depends on the state and the run alone. */
export function encodeCheckpoint(state: TrainState, run: RunDescription): Safetensors {
  const tensors: Record<string, Tensor> = Object.create(null)
  const put = (name: string, x: Tensor): string => {
    if (name in tensors) {
      throw new NtkError('value', {
        what: 'The tensors of a checkpoint need paths of their own.',
        got: `two of ${name}`,
        fix: 'Name the keys of parameters without dots and brackets.',
      })
    }
    tensors[name] = x
    return name
  }
  for (const [part, prefix] of Object.entries(parts)) {
    const { leaves, treedef } = treeFlatten(state[part as keyof typeof parts])
    for (const [i, path] of leafPaths(treedef).entries()) put(`${prefix}${path}`, leaves[i] as Tensor)
  }
  const history = (state.history ?? []).map((record, i) => plainRecord(record, `history[${i}]`, put))
  const metadata = {
    format,
    step: String(state.step),
    run: JSON.stringify(run),
    history: JSON.stringify(history),
  }
  return { tensors, metadata }
}

/**
 * The state of a checkpoint, each tensor on the backend of its counterpart in `like`. Throws NtkError 'data' where it is none, and
 * 'conflict' where it is that of another run: of another network, optimizer, data or key.
 */
export function decodeCheckpoint(
  { tensors, metadata }: Safetensors,
  like: TrainState,
  run: RunDescription,
  name: string,
): TrainState {
  if (metadata.format !== format) throw noCheckpoint(name, `the format ${show(metadata.format)}`)
  const other = `${name} is a checkpoint of another run`
  requireSameRun(parsed(name, 'run', metadata.run), run, other)
  const step = Number(metadata.step)
  if (!Number.isSafeInteger(step) || step < 0) throw noCheckpoint(name, `step ${show(metadata.step)}`)
  const tree = (part: keyof typeof parts): Tree => {
    const { leaves, treedef } = treeFlatten(like[part])
    const found = leafPaths(treedef).map((path, i) => {
      const key = `${parts[part]}${path}`
      const x = tensors[key]
      if (x === undefined) throw noCheckpoint(name, `no ${key}`)
      return onBackendOf(x, leaves[i] as Value)
    })
    const whole: Tree = treeUnflatten(treedef, found)
    requireLike(whole, like[part], `${other}: its ${part}`, 'conflict')
    return whole
  }
  const [params, optimizerState] = [tree('params'), tree('optimizerState')]
  const records = parsed(name, 'history', metadata.history)
  if (!Array.isArray(records)) throw noCheckpoint(name, 'a history that is no list')
  const [first] = treeFlatten(like.params).leaves
  const tensorOf = (key: unknown): Tensor => {
    const x = typeof key === 'string' ? tensors[key] : undefined
    if (x === undefined) throw noCheckpoint(name, `no ${show(key)}`)
    return first === undefined ? x : onBackendOf(x, first)
  }
  const history = records.map((record) => recordOfPlain(record, tensorOf, name))
  return { step, params, optimizerState, history }
}

function onBackendOf(x: Tensor, like: Value): Tensor {
  return x.backend === like.backend ? x : constantFromData(x.dataSync(), x.shape, like.backend)
}

/** Outputs agree to rounding, on whichever machine they were computed. */
const near = 1e-3

function requireSameRun(found: unknown, run: RunDescription, what: string): void {
  const before = isRecord(found) ? found : {}
  for (const [field, value] of Object.entries(run)) {
    const was = before[field]
    const same =
      field === 'outputs' ? closeOutputs(was, run.outputs) : JSON.stringify(was) === JSON.stringify(value)
    if (same) continue
    const isFunction = field === 'outputs'
    throw new NtkError('conflict', {
      what: isFunction
        ? `${what}: of another function of the same parameters.`
        : `${what}: its ${field} differ.`,
      got: isFunction ? undefined : `${show(value)}, and there ${show(was)}`,
      fix: 'Train what it was made by, or give another path.',
    })
  }
}

function closeOutputs(was: unknown, now: RunDescription['outputs']): boolean {
  if (!Array.isArray(was) || was.length !== now.length) return false
  const size = Math.max(0, ...now.map((v) => Math.abs(v ?? 0)))
  return now.every((v, i) => (v === null ? was[i] === null : Math.abs(v - Number(was[i])) <= near * size))
}

function parsed(name: string, what: string, text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch (cause) {
    throw noCheckpoint(name, `a ${what} that is no JSON`, cause)
  }
}

function noCheckpoint(name: string, got: string, cause?: unknown): NtkError {
  return new NtkError('data', {
    what: `${name} is no whole checkpoint of train.`,
    got,
    fix: 'Give the path of one, or of a file that is not there yet.',
    cause,
  })
}

/** What stands in JSON of a value: numbers that JSON has not as words, tensors as the names that they have in the file. */
type Plain = number | string | { readonly tensor: string } | { readonly [name: string]: number | string }

interface PlainRecord {
  readonly step: number
  readonly sets: Readonly<
    Record<string, { readonly metrics: Readonly<Record<string, Plain>>; readonly outputs?: Plain }>
  >
  readonly measures?: Readonly<Record<string, Plain>>
}

const plainNumber = (v: number): number | string =>
  Number.isFinite(v) && !Object.is(v, -0) ? v : Object.is(v, -0) ? '-0' : String(v)

function plainRecord(
  record: TrainRecord,
  path: string,
  put: (name: string, x: Tensor) => string,
): PlainRecord {
  const plain = (value: number | Tensor | Readonly<Record<string, number>>, name: string): Plain => {
    if (typeof value === 'number') return plainNumber(value)
    if (Tensor.isInstance(value)) return { tensor: put(name, value) }
    return mapRecord(value, plainNumber)
  }
  const sets = mapRecord(record.sets, ({ metrics, outputs }, set) => ({
    metrics: mapRecord(metrics, plainNumber),
    ...(outputs === undefined ? {} : { outputs: plain(outputs, `${path}.sets.${set}`) }),
  }))
  if (record.measures === undefined) return { step: record.step, sets }
  const measures = mapRecord(record.measures, (value, name) => plain(value, `${path}.measures.${name}`))
  return { step: record.step, sets, measures }
}

function recordOfPlain(record: unknown, tensorOf: (key: unknown) => Tensor, name: string): TrainRecord {
  const wrong = (): NtkError => noCheckpoint(name, `a history that holds ${show(record)}`)
  const number = (v: unknown): number => {
    if (typeof v === 'number') return v
    if (v === 'NaN' || v === 'Infinity' || v === '-Infinity' || v === '-0') return Number(v)
    throw wrong()
  }
  const numbers = (v: unknown): Record<string, number> => {
    if (!isRecord(v)) throw wrong()
    return mapRecord(v, number)
  }
  const value = (v: unknown): number | Tensor | Readonly<Record<string, number>> =>
    isRecord(v) ? (typeof v.tensor === 'string' ? tensorOf(v.tensor) : numbers(v)) : number(v)
  if (!isRecord(record) || !Number.isSafeInteger(record.step) || !isRecord(record.sets)) throw wrong()
  const sets = mapRecord(record.sets, (set): SetRecord => {
    if (!isRecord(set)) throw wrong()
    const metrics = numbers(set.metrics)
    return isRecord(set.outputs) ? { metrics, outputs: tensorOf(set.outputs.tensor) } : { metrics }
  })
  const step = record.step as number
  return isRecord(record.measures)
    ? { step, sets, measures: mapRecord(record.measures, value) }
    : { step, sets }
}

function mapRecord<T, R>(
  record: Readonly<Record<string, T>>,
  f: (value: T, name: string) => R,
): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value, name)]))
}
