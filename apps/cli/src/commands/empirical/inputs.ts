import { flatten } from '@ntk/datasets'
import { cast, type Tensor } from '@ntk/tensor'
import { readSamples } from '../../data/array.js'
import type { LoadContext } from '../../data/context.js'
import { loadData } from '../../data/load.js'
import { scaleInputs } from '../../data/scale.js'
import { requireFinite } from '../../measures/finite.js'
import { withBorder } from '../../networks/border.js'
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
  const input = cast(takesVectors(job.spec) ? flatten(x) : x, job.on.dtype)
  return withBorder(input, job, progress)
}
