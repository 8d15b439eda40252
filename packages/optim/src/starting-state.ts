import type { Tree } from '@ntk/autodiff'
import { NtkError, scope } from '@ntk/tensor'
import type { RunDescription } from './checkpoint-store.js'
import { requireLike } from './like.js'
import type { TrainOptions } from './train-options.js'
import type { TrainState } from './train-state.js'

/** Where training begins, and whether training made the optimizer's state itself, so that it may free it. */
export interface Beginning<P extends Tree> {
  readonly state: TrainState<P>
  readonly own: boolean
}

/**
 * What training begins with: what the checkpoint holds, `start`, or the parameters as they are. Throws NtkError 'conflict' where the state
 * to go on from is that of another network or optimizer.
 */
export async function startingState<P extends Tree>(
  options: TrainOptions<P>,
  run: RunDescription | null,
): Promise<Beginning<P>> {
  const { params, optimizer, start, checkpoint, steps } = options
  const fresh = (): TrainState<P> => ({ step: 0, params, optimizerState: optimizer.init(params) })
  const found = checkpoint === undefined || run === null ? null : await checkpoint.load(scope(fresh), run)
  const state = found ?? start
  if (state === undefined) return { state: fresh(), own: true }
  // what `init` makes for comparison lives no longer than that
  scope(() => {
    const fix = 'Go on with the network and the optimizer that it was made by.'
    const what = (part: string): string =>
      `The ${part} that training goes on from must be like those of its options`
    requireLike(state.params, params, what('parameters'), 'conflict', fix)
    requireLike(
      state.optimizerState,
      optimizer.init(params),
      what('states of the optimizer'),
      'conflict',
      fix,
    )
  })
  if (state.step > steps) {
    throw new NtkError('option', {
      what: 'train counts steps from the very start, and the state to go on from is beyond them.',
      got: `${steps} steps in all, start at step ${state.step}`,
    })
  }
  return { state: state as TrainState<P>, own: false }
}
