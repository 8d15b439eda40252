import { encodeNpy, NtkError, type Tensor, tensorFromData } from '@ntk/tensor'
import { encodeNpz } from '@ntk/tensor/npz'
import { writeAtomic } from '../../runs/atomic.js'
import { outputFile } from '../../runs/output-file.js'
import type { Predictions, SetPrediction } from './prediction.js'
import type { PredictConfig } from './settings.js'

/** What a file of predictions holds, by the ending of its name. */
export type Format = 'npz' | 'csv' | 'npy'

/** A file that will be written: as the user calls it, and where it lies. */
export interface Target {
  readonly format: Format
  readonly name: string
  readonly path: string
  /** Of npy: where standard deviations go, probabilities, and the edges of a band. */
  readonly beside: Readonly<Record<Beside, Place>> | null
}

type Beside = 'deviation' | 'probabilities' | 'lower' | 'upper'

interface Place {
  readonly name: string
  readonly path: string
}

/** @throws NtkError `option` for another ending, `disk` where it cannot be written */
export function targetOf(cwd: string, name: string): Target {
  const format = (['npz', 'csv', 'npy'] as const).find((ending) => name.endsWith(`.${ending}`))
  if (format === undefined) {
    throw new NtkError('option', {
      what: 'out (--out) must end in .npz, .csv or .npy, which says what is written.',
      got: name,
    })
  }
  const beside = (what: string): Place => {
    const own = name.replace(/\.npy$/, `-${what}.npy`)
    return { name: own, path: outputFile(cwd, own) }
  }
  return {
    format,
    name,
    path: outputFile(cwd, name),
    beside:
      format === 'npy'
        ? {
            deviation: beside('deviation'),
            probabilities: beside('probabilities'),
            lower: beside('lower'),
            upper: beside('upper'),
          }
        : null,
  }
}

/** Names of the files that predictions under a loss, and with a band, may take. */
export function filesOf(
  { name, beside }: Target,
  { loss, level }: Pick<PredictConfig, 'loss' | 'level'>,
): string[] {
  if (beside === null) return [name]
  if (loss === 'cross-entropy') return [name, beside.probabilities.name]
  const edges = level === undefined ? [] : [beside.lower.name, beside.upper.name]
  return [name, beside.deviation.name, ...edges]
}

/** Writes predictions, whole or not at all; gives the names of the files. */
export function writePredictions({ format, name, path, beside }: Target, found: Predictions): string[] {
  if (format === 'npz') {
    writeAtomic(path, encodeNpz(arraysOf(found)))
    return [name]
  }
  if (format === 'csv') {
    writeAtomic(path, csvOf(found))
    return [name]
  }
  const set = found.test ?? found.train
  writeAtomic(path, encodeNpy(set.mean))
  const written = [name]
  const { deviation, probabilities, band } = set
  const others = { deviation, probabilities, lower: band?.lower ?? null, upper: band?.upper ?? null }
  for (const what of ['deviation', 'probabilities', 'lower', 'upper'] as const) {
    const array = others[what]
    if (array === null || beside === null) continue
    writeAtomic(beside[what].path, encodeNpy(array))
    written.push(beside[what].name)
  }
  return written
}

function arraysOf({ times, train, test }: Predictions): Record<string, Tensor> {
  const of = (set: SetPrediction | null, name: string): Record<string, Tensor> => {
    if (set === null) return {}
    return {
      [`${name}_mean`]: set.mean,
      ...(set.deviation === null ? {} : { [`${name}_deviation`]: set.deviation }),
      ...(set.band === null ? {} : { [`${name}_lower`]: set.band.lower, [`${name}_upper`]: set.band.upper }),
      ...(set.probabilities === null ? {} : { [`${name}_probabilities`]: set.probabilities }),
    }
  }
  return {
    times: tensorFromData(Float64Array.from(times), [times.length]),
    ...of(train, 'train'),
    ...of(test, 'test'),
  }
}

function csvOf({ times, train, test }: Predictions): string {
  const head = 'time,set,sample,output,mean,deviation'
  const lines = [
    head + (train.probabilities === null ? '' : ',probability') + (train.band === null ? '' : ',lower,upper'),
  ]
  const add = (set: SetPrediction | null, name: string): void => {
    if (set === null) return
    const [, samples = 0, outputs = 0] = set.mean.shape
    const mean = set.mean.dataSync()
    const deviation = set.deviation?.dataSync()
    const probabilities = set.probabilities?.dataSync()
    const [lower, upper] = [set.band?.lower.dataSync(), set.band?.upper.dataSync()]
    times.forEach((time, t) => {
      const at = time === Number.POSITIVE_INFINITY ? 'inf' : String(time)
      for (let i = 0; i < samples; i++) {
        const own = deviation === undefined ? '' : String(deviation[t * samples + i])
        for (let k = 0; k < outputs; k++) {
          const place = (t * samples + i) * outputs + k
          const probability = probabilities === undefined ? '' : `,${probabilities[place]}`
          const band = lower === undefined ? '' : `,${lower[place]},${upper?.[place]}`
          lines.push(`${at},${name},${i},${k},${mean[place]},${own}${probability}${band}`)
        }
      }
    })
  }
  add(train, 'train')
  add(test, 'test')
  return `${lines.join('\n')}\n`
}
