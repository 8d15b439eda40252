import { treeLeaves } from '@ntk/autodiff'
import { type SetRecord, type TrainRecord, train, trainEnsemble } from '@ntk/optim'
import type { Layer, Params } from '@ntk/stax'
import { type Tensor, toBackend, toHost } from '@ntk/tensor'
import type { StageContext } from '../../experiment/stage.js'
import { applyOf } from '../../networks/apply.js'
import { backendOf } from '../../networks/device.js'
import { shortNumber } from '../../text/number.js'
import type { Setup } from './setup.js'
import type { DataOutput } from './stages/data.js'
import { modelOf } from './start.js'
import { recordRows, sharedOptions } from './train-curve.js'

/** Networks of fewer parameters than this are trained at once: larger ones fill the processor by themselves. */
const atOnce = 1e6

/** Several networks of one shape, all with the same learning rate. */
export interface Members {
  readonly title: string
  readonly width: number
  readonly net: Layer
  readonly rate: number
  /** Where each starts. */
  readonly params: readonly Params<Tensor>[]
}

/** Trains networks of one shape as the main one is trained; the test outputs [m, k] of each after the last step. */
export async function trainMembers(
  setup: Setup,
  data: DataOutput,
  context: StageContext,
  members: Members,
): Promise<Tensor[]> {
  const { title, net, rate, width } = members
  if (members.params.length === 0) return []
  const params = await toBackend(members.params, await backendOf(setup.config))
  const { steps } = setup.config.training
  const task = context.progress.task(title, steps * params.length)
  let before = 0
  const shared = { ...(await sharedOptions(setup, data, rate)), at: [steps], signal: context.signal }
  const model = modelOf(setup)
  const apply = applyOf(net)
  const size = treeLeaves(params[0] ?? null).reduce((sum, leaf) => sum + (leaf as Tensor).size, 0)
  try {
    const histories: (readonly TrainRecord[])[] = []
    if (size < atOnce) {
      const progress = ({ done, loss }: { done: number; loss: number }): void =>
        task.update(done * params.length, `loss ${shortNumber(loss)}`)
      const trained = await trainEnsemble({ ...shared, apply, params, model, onProgress: progress })
      histories.push(...trained.map(({ history }) => history))
    } else {
      for (const one of params) {
        const { history } = await train({
          ...shared,
          apply: model(apply, one).apply,
          params: one,
          onProgress: ({ done, loss }) => task.update(before + done, `loss ${shortNumber(loss)}`),
        })
        before += steps
        histories.push(history)
      }
    }
    task.done(params.length === 1 ? '1 network' : `${params.length} networks`)
    const outputs = histories.map((history) => {
      const sets: Readonly<Record<string, SetRecord>> = history.at(-1)?.sets ?? {}
      context.record(recordRows({ curve: 'network', width, rate }, steps, sets))
      const last = sets.test?.outputs
      if (last === undefined) throw new Error('an evaluation kept no outputs')
      return last
    })
    return toHost(outputs)
  } catch (error) {
    task.stop()
    throw error
  }
}
