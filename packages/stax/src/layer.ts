import type { Branches, KernelStep } from '@ntk/kernels-analytic'
import type { FloatDType, Key, Shape, Tensor, Value } from '@ntk/tensor'
import type { Spec } from './spec/spec.js'

/**
 * Parameters of a layer: a tensor (or tracer), or lists and records of such; null where there are none. A dense layer has
 * `{ w, b? }`, a combinator a list with one entry a child.
 */
export type Params<V extends Value = Value> =
  | V
  | null
  | readonly Params<V>[]
  | { readonly [name: string]: Params<V> }

/** Whether a layer takes (gives) one value, a list of them, as between `FanOut` and `FanInSum`, or a list with lists in it. */
export type Arity = 'one' | 'many' | 'tree'

export type Of<A extends Arity, T> = A extends 'one' ? T : A extends 'many' ? readonly T[] : Branches<T>

export interface InitOptions {
  /** dtype of the parameters, float64 unless given. */
  readonly dtype?: FloatDType | undefined
}

/** A value with its padding. */
export interface Masked<V extends Value = Value> {
  /** 0 where it is padding. */
  readonly value: V
  /** bool, of the axes of the value, with one channel where all channels of a position are alike: true where it is padding. */
  readonly mask: Value
}

export interface Initialized<O extends Arity = 'one'> {
  /** As `inputShape`; an unknown batch size of -1 stays. */
  readonly outputShape: Of<O, Shape>
  readonly params: Params<Tensor>
}

export interface ApplyOptions {
  /** Randomness for layers that need some when applied. */
  readonly key?: Key | undefined
  /**
   * Entries of x that equal this number, which may be NaN, are padding (sequences of unequal lengths, holes): they count as 0 and are
   * left out of means, after every layer; what is padding in the output is 0.
   */
  readonly maskConstant?: number | undefined
  /** Graphs of the samples, for `Aggregate`: see there. */
  readonly pattern?: Value | null | undefined
}

/**
 * A layer is data plus functions, immutable, and its functions need no `this`: `const { init, apply } = Dense(10)`.
 * Values are channels last, batch first. Methods are typed loosely in arity so that layers of any arity can be listed.
 */
export interface Layer<I extends Arity = 'one', O extends Arity = 'one'> {
  /** JSON that `fromSpec` turns into this layer again; options at their defaults are left out. */
  readonly spec: Spec
  readonly inputs: I
  readonly outputs: O
  /** Random parameters for inputs of a shape ([-1, features] where the batch size does not matter). */
  init(key: Key, inputShape: Of<I, Shape>, options?: InitOptions): Initialized<O>
  /** The finite network. Works on tensors and tracers alike. */
  apply<V extends Value>(params: Params<V>, x: Of<I, V>, options?: ApplyOptions): Of<O, V>
  /** `apply` on values with masks, so without `maskConstant`. A layer that lacks it refuses padding. */
  applyMasked?<V extends Value>(
    params: Params<V>,
    x: Of<I, Masked<V>>,
    options?: ApplyOptions,
  ): Of<O, Masked<V>>
  /**
   * The infinitely wide network, as data: the steps that its kernel goes through. `kernelFn` of @ntk/kernels-analytic makes
   * whole matrices of them, `kernelOf` one differentiable function, `describe` a table of shapes and costs.
   */
  readonly kernel: readonly KernelStep[]
}

export type AnyLayer = Layer<Arity, Arity>
