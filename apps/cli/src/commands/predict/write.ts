import { encodeNpy, NtkError, type Tensor, tensorFromData } from '@ntk/tensor'
import { encodeNpz } from '@ntk/tensor/npz'
import { writeAtomic } from '../../runs/atomic.js'
import { outputFile } from '../../runs/output-file.js'
import type { Predictions, SetPrediction } from './compute.js'

/** What a file of predictions holds, by the ending of its name. */
export type Format = 'npz' | 'csv' | 'npy'

/** A file that will be written: as the user calls it, and where it lies. */
export interface Target {
  readonly format: Format
  readonly name: string
  readonly path: string
  /** Of npy: where standard deviations go. */
  readonly deviation: { readonly name: string; readonly path: string } | null
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
  const beside = name.replace(/\.npy$/, '-deviation.npy')
  return {
    format,
    name,
    path: outputFile(cwd, name),
    deviation: format === 'npy' ? { name: beside, path: outputFile(cwd, beside) } : null,
  }
}

/** Writes predictions, whole or not at all; gives the names of the files. */
export function writePredictions({ format, name, path, deviation }: Target, found: Predictions): string[] {
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
  if (set.deviation === null || deviation === null) return [name]
  writeAtomic(deviation.path, encodeNpy(set.deviation))
  return [name, deviation.name]
}

function arraysOf({ times, train, test }: Predictions): Record<string, Tensor> {
  const of = (set: SetPrediction | null, name: string): Record<string, Tensor> => {
    if (set === null) return {}
    return {
      [`${name}_mean`]: set.mean,
      ...(set.deviation === null ? {} : { [`${name}_deviation`]: set.deviation }),
    }
  }
  return {
    times: tensorFromData(Float64Array.from(times), [times.length]),
    ...of(train, 'train'),
    ...of(test, 'test'),
  }
}

function csvOf({ times, train, test }: Predictions): string {
  const lines = ['time,set,sample,output,mean,deviation']
  const add = (set: SetPrediction | null, name: string): void => {
    if (set === null) return
    const [, samples = 0, outputs = 0] = set.mean.shape
    const mean = set.mean.dataSync()
    const deviation = set.deviation?.dataSync()
    times.forEach((time, t) => {
      const at = time === Number.POSITIVE_INFINITY ? 'inf' : String(time)
      for (let i = 0; i < samples; i++) {
        const own = deviation === undefined ? '' : String(deviation[t * samples + i])
        for (let k = 0; k < outputs; k++)
          lines.push(`${at},${name},${i},${k},${mean[(t * samples + i) * outputs + k]},${own}`)
      }
    })
  }
  add(train, 'train')
  add(test, 'test')
  return `${lines.join('\n')}\n`
}
