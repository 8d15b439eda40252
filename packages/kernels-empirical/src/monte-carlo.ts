import { type Key, split, type Tensor, tensorFromData, throwIfAborted } from '@ntk/tensor'
import {
  aFunction,
  aKey,
  aSignal,
  nonNegative,
  optional,
  positiveInteger,
  type RulesFor,
  readOptions,
  requireFunction,
} from '@ntk/tensor/options'
import {
  type EmpiricalName,
  type EmpiricalNames,
  empiricalKernelFn,
  getRule,
  type NamesIn,
} from './kernel.js'
import { type NtkOptions, ntkRules } from './options.js'
import type { Apply } from './parameters.js'

/** Random parameters for inputs of a shape, as a layer's `init`. */
export type Init<P> = (key: Key, inputShape: readonly number[]) => { readonly params: P }

export interface MonteCarloOptions extends NtkOptions {
  readonly key: Key
  /** Draws of the parameters at most. */
  readonly samples: number
  /** Stop once ‖standard error‖ / ‖mean‖ (Frobenius) of every kernel is at most this; 0, never, unless given. */
  readonly targetError?: number | undefined
}

const rules = {
  ...ntkRules,
  key: aKey(),
  samples: positiveInteger(),
  targetError: nonNegative(0),
} satisfies RulesFor<MonteCarloOptions>

export interface Estimate {
  /** Float64 (the dtype of sums), shaped as the empirical kernel. */
  readonly mean: Tensor
  /** Of the mean, entry by entry; NaN after one draw. */
  readonly standardError: Tensor
  /** ‖standardError‖ / ‖mean‖. */
  readonly relativeError: number
}

/** One estimate for one name in `estimates.nngp` or `estimates.ntk`, both for a list of both. */
export type MonteCarloEstimates<G extends EmpiricalNames = EmpiricalNames> = {
  /** Draws so far. */
  readonly samples: number
} & { readonly [K in NamesIn<G>]: Estimate }

export interface MonteCarloCall<G extends EmpiricalNames = EmpiricalNames> {
  /** What to estimate, a name or a list of names; ['nngp', 'ntk'] unless given. */
  readonly get?: G | undefined
  /** Samples a side of a tile at most; by `maxBytes` unless given. */
  readonly tile?: number | undefined
  /** Called after each draw, of which it counts; `estimates()` makes the estimates so far. */
  readonly onProgress?:
    | ((progress: {
        readonly done: number
        readonly total: number
        readonly estimates: () => MonteCarloEstimates<G>
      }) => void)
    | undefined
  /** Ends the computation with NtkError 'aborted' at the next tile. */
  readonly signal?: AbortSignal | undefined
}

const callRules = {
  get: getRule,
  tile: optional(positiveInteger()),
  onProgress: optional(aFunction<NonNullable<MonteCarloCall['onProgress']>>()),
  signal: optional(aSignal()),
} satisfies RulesFor<MonteCarloCall>

type MonteCarloFn = <const G extends EmpiricalNames = readonly ['nngp', 'ntk']>(
  x1: Tensor,
  x2: Tensor | null | undefined,
  call?: MonteCarloCall<G>,
) => Promise<MonteCarloEstimates<G>>

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
  const name = 'monteCarloKernelFn'
  requireFunction(init, `init of ${name}`)
  requireFunction(apply, `apply of ${name}`)
  const { key, samples, targetError, traceAxes = [-1], ...rest } = readOptions(name, rules, options)
  const kernelFn = empiricalKernelFn(apply, { ...rest, traceAxes })
  const run = async (
    x1: Tensor,
    x2: Tensor | null = null,
    given: MonteCarloCall | undefined,
  ): Promise<unknown> => {
    const { get, tile, onProgress, signal } = readOptions(name, callRules, given)
    const names = typeof get === 'string' ? [get] : get
    const running = { nngp: new Running(), ntk: new Running() }
    let done = 0
    const estimates = (): MonteCarloEstimates =>
      ({
        samples: done,
        ...Object.fromEntries(names.map((n) => [n, running[n].estimate()])),
      }) as MonteCarloEstimates
    for (const drawKey of split(key, samples)) {
      throwIfAborted(signal, 'The Monte Carlo estimate', `${done} of ${samples} draws`)
      const { params } = init(drawKey, [-1, ...x1.shape.slice(1)])
      const kernels: { readonly [K in EmpiricalName]?: Tensor } = await kernelFn(x1, x2, params, {
        get: names,
        tile,
        signal,
      })
      for (const n of names) await running[n].add(kernels[n] as Tensor)
      done += 1
      onProgress?.({ done, total: samples, estimates })
      if (done > 1 && names.every((n) => running[n].relativeError <= targetError)) break
    }
    return estimates()
  }
  return run as MonteCarloFn
}
