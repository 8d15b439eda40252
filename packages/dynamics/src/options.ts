import { NtkError } from '@ntk/tensor'
import type { Motion } from './propagator.js'
import type { Regularization } from './spectrum.js'

export interface MseOptions extends Regularization {
  /** η, 1 unless given. */
  readonly learningRate?: number
  /** 'mean' (the default): L = 1/2 mean (f − y)², so that time is divided by the size of y; 'sum': L = 1/2 Σ (f − y)². */
  readonly loss?: 'mean' | 'sum'
  /** 'flow' (the default): gradient flow in continuous time. 'steps': t is a number of steps of gradient descent. */
  readonly dynamics?: 'flow' | 'steps'
  /** Heavy-ball momentum in [0, 1); 0, null or absent: none. In a flow t still counts steps, whose time is t √η. */
  readonly momentum?: number | null
}

export function motionOf(options: MseOptions, ySize: number): Motion {
  const { learningRate = 1, loss = 'mean', dynamics = 'flow', momentum = null } = options
  if (!(Number.isFinite(learningRate) && learningRate > 0)) {
    throw new NtkError('option', { what: 'learningRate needs a positive number.', got: String(learningRate) })
  }
  if (momentum !== null && !(momentum >= 0 && momentum < 1)) {
    throw new NtkError('option', {
      what: 'momentum needs a number in [0, 1), or null.',
      got: String(momentum),
    })
  }
  if (loss !== 'mean' && loss !== 'sum') {
    throw new NtkError('option', { what: "loss is 'mean' or 'sum'.", got: String(loss) })
  }
  if (dynamics !== 'flow' && dynamics !== 'steps') {
    throw new NtkError('option', { what: "dynamics is 'flow' or 'steps'.", got: String(dynamics) })
  }
  return { learningRate, dynamics, momentum, scale: loss === 'mean' ? ySize : 1 }
}

/** Relative precision of the numbers of a dtype. */
export function precisionOf(dtype: string): number {
  return dtype === 'float32' ? 2 ** -23 : 2 ** -52
}
