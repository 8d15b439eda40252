import {
  type Arity,
  type Aval,
  type DType,
  type InputArity,
  type OutputArity,
  type OutputTuples,
  type Params,
  type Primitive,
  sizeOf,
  type Tuples,
} from '@ntk/tensor'
import type * as TfCore from '@tensorflow/tfjs-core'

/** The functions of @tensorflow/tfjs-core, loaded when a backend is made. */
export type Tf = typeof TfCore
export type TfTensor = TfCore.Tensor

/** Runs one primitive. Runs inside `tf.tidy`: intermediates go by themselves. Inputs and outputs of size 0 may come. */
export type TfRun<N extends Arity, T extends object, O extends keyof OutputTuples<unknown> = 1> = (
  tf: Tf,
  inputs: Tuples<TfTensor>[N],
  params: T,
  outputs: OutputTuples<Aval>[O],
) => OutputTuples<TfTensor>[O]

/** What a device must have for a primitive, and how it runs it. */
export interface TfRule<N extends Arity, T extends object, O extends keyof OutputTuples<unknown> = 1> {
  readonly dtypes: readonly DType[]
  /** Names of the tfjs kernels it calls; a device without one of them does not have the primitive. */
  readonly kernels: readonly string[]
  /** Whether it reads numbers on the way, which some devices cannot do at once. */
  readonly blocks?: true
  readonly run: TfRun<N, T, O>
}

/** Null: no device has it yet, and 'unsupported' says so. */
export type TfTable<P extends Primitive> = {
  readonly [Q in P]: TfRule<InputArity<Q>, Params<Q>, OutputArity<Q>> | null
}

/** Whether numbers of the current device can be read without waiting; a GPU of WebGPU cannot. */
export const canBlock = (tf: Tf): boolean => tf.getBackend() !== 'webgpu'

/** As float32. tfjs' cast on WebGPU leaves the integers where they are, which other programs then take for floats. */
export function toFloat(tf: Tf, x: TfTensor): TfTensor {
  const cast = tf.cast(x, 'float32')
  if (x.dtype === 'float32' || canBlock(tf) || x.size === 0) return cast
  return tf.reshape(tf.mul(tf.reshape(cast, [x.size]), tf.scalar(1)), x.shape)
}

export type TfDType = 'float32' | 'int32' | 'bool'

export const tfDTypes: readonly TfDType[] = ['float32', 'int32', 'bool']

/** A tensor of one number; also where the size is 0, which kernels do not take. */
export function filled(tf: Tf, { shape, dtype }: Aval, value: number): TfTensor {
  const type = dtype as TfDType
  const sizes = shape.slice()
  return sizeOf(shape) === 0 ? tf.tensor([], sizes, type) : tf.fill(sizes, value, type)
}
