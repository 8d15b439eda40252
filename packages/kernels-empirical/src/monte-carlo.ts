import { type Key, NtkError, split, type Tensor, tensorFromData } from '@ntk/tensor'
import { checkAborted } from './event-loop.js'
import { empiricalKernelFn } from './kernel.js'
import type { NtkOptions } from './options.js'
import type { Apply } from './parameters.js'

/** Random parameters for inputs of a shape, as a layer's `init`. */
export type Init<P> = (key: Key, inputShape: readonly number[]) => { readonly params: P }

export interface MonteCarloOptions extends NtkOptions {
  readonly key: Key
  /** Draws of the parameters at most. */
  readonly samples: number
  /** Both unless given. */
  readonly get?: readonly ('nngp' | 'ntk')[] | undefined
  /** Stop once ‖standard error‖ / ‖mean‖ (Frobenius) of every kernel is at most this. */
  readonly targetError?: number | undefined
}

export interface Estimate {
  /** Float64 (the dtype of sums), shaped as the empirical kernel. */
  readonly mean: Tensor
  /** Of the mean, entry by entry; NaN after one draw. */
  readonly standardError: Tensor
  /** ‖standardError‖ / ‖mean‖. */
  readonly relativeError: number
}

export interface MonteCarloEstimates {
  /** Draws so far. */
  readonly samples: number
  readonly nngp?: Estimate
  readonly ntk?: Estimate
}

export interface MonteCarloCall {
  /** Called after each draw; `estimates()` makes the estimates so far. */
  readonly onProgress?:
    | ((progress: {
        readonly done: number
        readonly total: number
        readonly estimates: () => MonteCarloEstimates
      }) => void)
    | undefined
  readonly signal?: AbortSignal | undefined
}

type MonteCarloFn = (x1: Tensor, x2: Tensor | null, call?: MonteCarloCall) => Promise<MonteCarloEstimates>

/** Mean and squared deviations, one draw at a time (Welford 1962). */
class Running {
  #count = 0
  #mean = new Float64Array(0)
  #squares = new Float64Array(0)
  #shape: readonly number[] = []

  async add(draw: Tensor): Promise<void> {
    const data = await draw.data()
    if (this.#count++ === 0) {
      this.#mean = new Float64Array(data.length)
      this.#squares = new Float64Array(data.length)
      this.#shape = draw.shape
    }
    for (let i = 0; i < data.length; i++) {
      const v = data[i] as number
      const old = this.#mean[i] as number
      const mean = old + (v - old) / this.#count
      this.#mean[i] = mean
      this.#squares[i] = (this.#squares[i] as number) + (v - old) * (v - mean)
    }
  }

  get relativeError(): number {
    const n = this.#count
    let [error, total] = [0, 0]
    for (let i = 0; i < this.#mean.length; i++) {
      error += (this.#squares[i] as number) / ((n - 1) * n)
      total += (this.#mean[i] as number) ** 2
    }
    return n < 2 ? Number.NaN : Math.sqrt(error / total)
  }

  estimate(): Estimate {
    const n = this.#count
    const errors = this.#squares.map((s) => (n < 2 ? Number.NaN : Math.sqrt(s / ((n - 1) * n))))
    return {
      mean: tensorFromData(this.#mean.slice(), this.#shape),
      standardError: tensorFromData(errors, this.#shape),
      relativeError: this.relativeError,
    }
  }
}

/**
 * The kernels of the infinite network estimated as means of empirical kernels over random parameters, with standard
 * errors. Draw i uses the i-th key split from `key`, so that more samples extend fewer. `traceAxes: [-1]` (the default
 * here) averages over outputs too, which are draws as good as any.
 */
export function monteCarloKernelFn<P>(
  init: Init<P>,
  apply: Apply<P>,
  options: MonteCarloOptions,
): MonteCarloFn {
  const { key, samples, targetError = 0, get = ['nngp', 'ntk'], traceAxes = [-1], ...rest } = options
  if (!Number.isInteger(samples) || samples < 1) {
    throw new NtkError('option', {
      what: 'monteCarloKernelFn needs samples, a positive integer.',
      got: String(samples),
    })
  }
  const kernelFn = empiricalKernelFn(apply, { ...rest, traceAxes })
  return async (x1, x2, { onProgress, signal } = {}) => {
    const running = { nngp: new Running(), ntk: new Running() }
    const keys = split(key, samples)
    let done = 0
    const estimates = (): MonteCarloEstimates => ({
      samples: done,
      ...Object.fromEntries(get.map((name) => [name, running[name].estimate()])),
    })
    for (const drawKey of keys) {
      checkAborted(signal, 'The Monte Carlo estimate')
      const { params } = init(drawKey, [-1, ...x1.shape.slice(1)])
      const kernels = await kernelFn(x1, x2, params, { get, signal })
      for (const name of get) await running[name].add(kernels[name] as Tensor)
      done += 1
      onProgress?.({ done, total: samples, estimates })
      if (done > 1 && get.every((name) => running[name].relativeError <= targetError)) break
    }
    return estimates()
  }
}
