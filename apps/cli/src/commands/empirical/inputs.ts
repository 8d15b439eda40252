import { flatten } from '@ntk/datasets'
import { cast, pad, type Tensor } from '@ntk/tensor'
import { readSamples } from '../../data/array.js'
import { type LoadContext, loadData } from '../../data/load.js'
import { scaleInputs } from '../../data/scale.js'
import { requireFinite } from '../../measures/finite.js'
import { takesVectors } from '../../networks/spec.js'
import type { Job } from './job.js'

/** Both sides as the network takes them; null where the second is the first. */
export interface Sides {
  readonly x1: Tensor
  readonly x2: Tensor | null
  /** `64 glyphs`, `5 samples`, `5 and 3 samples` */
  readonly title: string
}

/**
 * The samples that a job names: of a data set, or of npy files.
 *
 * @throws NtkError `file`, `data`, `shape`, or `not-finite` naming the sample
 */
export async function readSides(job: Job, context: LoadContext): Promise<Sides> {
  const { config, data } = job
  if (config.inputs === undefined) {
    const { train, test } = await loadData(data, job.keys.data, context)
    const images = scaleInputs(data.normalize, train.images, test.images).train
    const title = data.name === 'mnist' ? `${data.train} digits of MNIST` : `${data.train} ${data.name}`
    return { x1: shaped(job, images, context), x2: null, title }
  }
  const read = async (path: string): Promise<Tensor> => {
    const samples = cast(await readSamples(context.io.cwd, path), 'float64')
    await requireFinite(samples, path, 'Remove the sample or mend the number.')
    return shaped(job, samples, context)
  }
  const x1 = await read(config.inputs)
  const x2 = config.inputs2 === undefined ? null : await read(config.inputs2)
  const count = x2 === null ? `${x1.shape[0]}` : `${x1.shape[0]} and ${x2.shape[0]}`
  return { x1, x2, title: `${count} samples` }
}

function shaped(job: Job, x: Tensor, { progress }: LoadContext): Tensor {
  const input = cast(takesVectors(job.spec) ? flatten(x) : x, job.dtype)
  const missing = input.shape.slice(1, 3).map((size) => Math.max(0, job.smallestImage - size))
  if (input.rank !== 4 || missing.every((size) => size === 0)) return input
  const borders = missing.map((size): [number, number] => [Math.floor(size / 2), Math.ceil(size / 2)])
  progress.note(
    `images get a border of zeros: ${job.title} takes ${job.smallestImage} × ${job.smallestImage} at least`,
  )
  return pad(input, [[0, 0], ...borders, [0, 0]])
}
