import { maxLearningRate } from '@ntk/dynamics'
import { empiricalNtkFn } from '@ntk/kernels-empirical'
import { type Tensor, take, tensorFromData } from '@ntk/tensor'
import { type Stage, stage } from '../../../experiment/stage.js'
import { requireFinite, scaleDown } from '../../../measures/finite.js'
import { couplesOutputs } from '../../../networks/coupling.js'
import { shortNumber } from '../../../text/number.js'
import { modelOf } from '../model.js'
import { adaptiveRate, velocityOf } from '../optimizer.js'
import type { Setup } from '../setup.js'
import type { DataOutput } from './data.js'

export interface RateOutput {
  readonly values: {
    readonly learningRate: number
    /** The largest stable one of the linearization; null where it was not asked for. */
    readonly largest: number | null
    /** Samples whose kernel says so. */
    readonly samples: number
  }
  readonly arrays: Readonly<Record<never, Tensor>>
}

/** Samples whose kernel is looked at: its largest eigenvalue over their number hardly depends on it. */
const most = 128

/** The learning rate: as given, or half of the largest at which the linearization is stable. */
export function rateStage(setup: Setup, data: Stage<DataOutput>): Stage<RateOutput> {
  const title = 'learning rate'
  return stage({
    name: 'rate',
    title,
    needs: { data },
    async run({ data: read }, context) {
      const { optimizer } = setup.config
      const { learningRate } = optimizer
      const given = learningRate === 'auto' ? adaptiveRate(optimizer) : learningRate
      if (learningRate !== 'auto' || velocityOf(optimizer) === null)
        return { values: { learningRate: given, largest: null, samples: 0 }, arrays: {} }
      const task = context.progress.task(title, 1)
      try {
        const { largest, samples } = await largestRate(setup, read, context.signal, (share) =>
          task.update(share),
        )
        task.done(`${shortNumber(largest / 2)}, half of the largest stable one`)
        return { values: { learningRate: largest / 2, largest, samples }, arrays: {} }
      } catch (error) {
        task.stop()
        throw error
      }
    },
  })
}

async function largestRate(
  setup: Setup,
  data: DataOutput,
  signal: AbortSignal,
  onShare: (share: number) => void,
): Promise<{ largest: number; samples: number }> {
  const { network, params, sets } = await modelOf(setup, data)
  const n = sets.train.x.shape[0] ?? 0
  const samples = Math.min(n, most)
  const rows = Int32Array.from({ length: samples }, (_, i) => Math.floor((i * n) / samples))
  const x = take(sets.train.x, tensorFromData(rows, [samples], sets.train.x.backend))
  const { outputs } = data.values
  const ntk = empiricalNtkFn(network, couplesOutputs(samples, outputs) ? {} : { traceAxes: [-1] })
  const kernel = await ntk(x, null, params, {
    signal,
    onProgress: ({ done, total }) => onShare(total === null ? 0 : done / total),
  })
  await requireFinite(kernel, 'The kernel of the network at its start', scaleDown)
  const { config } = setup
  const velocity = velocityOf(config.optimizer) ?? { mass: 0, nesterov: false }
  // The mean over samples of cross-entropy has in each a curvature of at most one half, that of a softmax.
  const ySize = config.loss === 'mse' ? samples * outputs : 2 * samples
  const batch = config.batch === 'full' || config.batch >= n ? undefined : config.batch
  // Batches nearly as large as the samples that are looked at are held to be batches of these.
  const batchSize = batch === undefined ? undefined : Math.min(batch, Math.max(1, samples - 1))
  const { mass: momentum, nesterov } = velocity
  const { weightDecay } = config.optimizer
  return { largest: maxLearningRate(kernel, { ySize, momentum, nesterov, weightDecay, batchSize }), samples }
}
