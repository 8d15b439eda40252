import {
  type Aval,
  allocate,
  type Backend,
  type BackendBuffer,
  type BackendTensor,
  bytesPerElement,
  type DeviceHandle,
  type DType,
  deviceHandles,
  type InputArity,
  type Inputs,
  mapInputs,
  mapOutputs,
  markCopy,
  NtkError,
  type OutputArity,
  type Outputs,
  type Params,
  type Primitive,
  sizeOf,
  type TypedArray,
} from '@ntk/tensor'
import { oneOf, optional, positive, type RulesFor, readOptions, showBytes } from '@ntk/tensor/options'
import { type LoadedDevice, loadDevice, type TfjsDevice, tfjsDevices } from './devices.js'
import type { DeviceFacts } from './facts.js'
import { rememberIndices } from './indices.js'
import { unreadable } from './loss.js'
import { type Tf, type TfDType, type TfRule, type TfTensor, tfDTypes } from './rule.js'
import { memoryErrorOf, outOfMemory } from './shortage.js'
import { rulesOf } from './table.js'
import { uploadNow } from './webgpu-memory.js'
import { refuseWideIntegers } from './webgpu-rules.js'

export interface TfjsOptions {
  /** 'wasm' unless said otherwise. */
  readonly device?: TfjsDevice | undefined
  /**
   * Bytes that tensors on it may take together; more is NtkError 'memory'. It leaves room for others on the same device. As much as there
   * is unless given. What an op makes for itself and gives up again does not count.
   */
  readonly memoryLimit?: number | undefined
}

const rules = {
  device: oneOf(tfjsDevices, 'wasm'),
  memoryLimit: optional(positive()),
} satisfies RulesFor<TfjsOptions>

/** What a Tensor holds. Handles of one tensor of tfjs are clones, each of its own. */
interface Handle extends DeviceHandle<TfTensor> {
  /** Its number: see `Shortage`. */
  readonly made: number
}

const asTf = (buffer: BackendBuffer): TfTensor => (buffer as Handle).value
const bytesOf = ({ size, dtype }: TfTensor): number => size * bytesPerElement[dtype as TfDType]

function unsupported(name: string, what: string): NtkError {
  return new NtkError('unsupported', {
    what: `The ${name} backend does not have ${what}.`,
    fix: 'Use the CPU backend: `await toBackend(x, cpuBackend())`.',
  })
}

function refuse(name: string, dtype: DType): asserts dtype is TfDType {
  if ((tfDTypes as readonly DType[]).includes(dtype)) return
  throw new NtkError('unsupported', {
    what: `The ${name} backend holds ${tfDTypes.join(', ')}.`,
    got: dtype,
    fix: "Ask for 'float32' where it is made, convert with cast(x, 'float32') on the CPU, or use the CPU backend.",
  })
}

/** tfjs has one current device for the whole process: each call makes it ours. */
function select(tf: Tf, device: string): void {
  if (tf.getBackend() !== device) void tf.setBackend(device)
}

/** Some kernels hand out numbers in the array type of their operand. */
function stored(data: ArrayLike<number>, dtype: DType): TypedArray {
  const own = allocate(dtype, 0)
  if (data.constructor === own.constructor) return data as TypedArray
  const out = allocate(dtype, data.length)
  out.set(data)
  return out
}

function makeBackend(
  device: TfjsDevice,
  { tf, name: tfName, blocks, facts }: LoadedDevice,
  memoryLimit: number,
): Backend {
  const tfRules = rulesOf(tfName)
  const { loss, shortage, about } = facts
  const name = `tfjs-${device}`
  const has = new Map<string, boolean>()
  const hasKernel = (kernel: string): boolean => {
    let known = has.get(kernel)
    if (known === undefined) {
      known = tf.getKernel(kernel, tfName) !== undefined
      has.set(kernel, known)
    }
    return known
  }
  const supports = (primitive: Primitive, dtype: DType): boolean => {
    const rule = tfRules[primitive]
    if (rule === null || (rule.blocks === true && !blocks)) return false
    return rule.dtypes.includes(dtype) && rule.kernels.every(hasKernel)
  }
  const handles = deviceHandles<TfTensor>({ bytesOf, release: (tensor) => tensor.dispose() })
  const hold = (tensor: TfTensor): Handle => handles.hold({ value: tensor, made: shortage.next() })
  /** Throws NtkError 'memory' where so many bytes more do not fit. */
  const requireRoom = (sizes: readonly number[]): void => {
    for (const size of sizes) shortage.refuseLarge(name, about, size)
    const more = sizes.reduce((sum, size) => sum + size, 0)
    const { bytes } = handles.memory()
    if (bytes + more <= memoryLimit) return
    const got = `${showBytes(bytes)} in use of its limit of ${showBytes(memoryLimit)}`
    throw outOfMemory(name, about, `${showBytes(more)} more`, got)
  }
  /** What is allocated by `make`; NtkError 'memory' where that finds no room. */
  const allocating = <T>(make: () => T): T => {
    try {
      return make()
    } catch (cause) {
      throw memoryErrorOf(shortage, name, about, cause) ?? cause
    }
  }
  const refuseDoubtful = ({ buffer }: BackendTensor): void =>
    shortage.refuse(name, about, (buffer as Handle).made)
  return markCopy<Backend>({
    name,
    dtypes: tfDTypes,
    composites: {},
    collected: false,
    supports,
    upload: (data, shape, dtype) => {
      refuse(name, dtype)
      if (dtype === 'int32' && tfName === 'webgpu') refuseWideIntegers(name, data)
      loss.refuse(name, about)
      requireRoom([data.length * bytesPerElement[dtype]])
      select(tf, tfName)
      const tensor = allocating(() => tf.keep(tf.tensor(data as Float32Array, [...shape], dtype)))
      rememberIndices(tf, tensor, data)
      if (tfName === 'webgpu') allocating(() => uploadNow(tf, tensor))
      return hold(tensor)
    },
    read: async (tensor) => {
      const data = await loss.during(name, about, () => asTf(tensor.buffer).data())
      await shortage.settled()
      refuseDoubtful(tensor)
      return stored(data, tensor.dtype)
    },
    readSync: (tensor) => {
      if (!blocks) return null
      loss.refuse(name, about)
      try {
        return stored(asTf(tensor.buffer).dataSync(), tensor.dtype)
      } catch (cause) {
        throw unreadable(name, about, cause)
      }
    },
    free: (buffer) => handles.free(buffer),
    memory: () => handles.memory(),
    run: <P extends Primitive>(
      primitive: P,
      inputs: Inputs<P, BackendTensor>,
      params: Params<P>,
      outputs: Outputs<P, Aval>,
    ): Outputs<P, BackendBuffer> => {
      const rule = tfRules[primitive]
      const own = 'dtype' in params ? (params.dtype as DType) : outputs[0].dtype
      const dtype = operandDType(primitive, inputs) ?? own
      for (const o of outputs) refuse(name, o.dtype)
      if (rule === null || !supports(primitive, dtype)) throw unsupported(name, `${primitive} of ${dtype}`)
      loss.refuse(name, about)
      for (const x of inputs as readonly BackendTensor[]) refuseDoubtful(x)
      requireRoom(outputs.map((o) => sizeOf(o.shape) * bytesPerElement[o.dtype]))
      select(tf, tfName)
      const operands = mapInputs(inputs, (x) => asTf(x.buffer))
      const results = allocating(() => runRule<P>(tf, rule, operands, params, outputs))
      return mapOutputs(results, (result) => hold(result))
    },
  })
}

/** The dtype that a primitive is claimed for: that of its data, not of a condition or of indices. */
function operandDType(primitive: Primitive, inputs: readonly BackendTensor[]): DType | undefined {
  return (primitive === 'select' ? inputs[1] : inputs[0])?.dtype
}

function runRule<P extends Primitive>(
  tf: Tf,
  rule: TfRule<InputArity<P>, Params<P>, OutputArity<P>>,
  operands: Inputs<P, TfTensor>,
  params: Params<P>,
  outputs: Outputs<P, Aval>,
): Outputs<P, TfTensor> {
  const run = (): Outputs<P, TfTensor> => {
    if (outputs.every(({ shape }) => sizeOf(shape) === 0))
      return mapOutputs(outputs, ({ shape, dtype }) => tf.tensor([], [...shape], dtype as TfDType))
    const given: readonly TfTensor[] = operands
    // an own handle, which lives as long as the tensor and not as long as its source
    return mapOutputs(rule.run(tf, operands, params, outputs), (result) =>
      given.includes(result) ? tf.clone(result) : result,
    )
  }
  return tf.tidy(() => mapOutputs(run(), (result) => tf.keep(result)))
}

/** A backend and what is known of its device. */
export interface OpenDevice {
  readonly backend: Backend
  readonly facts: DeviceFacts
}

export async function openDevice(
  device: TfjsDevice,
  memoryLimit: number = Number.POSITIVE_INFINITY,
): Promise<OpenDevice> {
  const loaded = await loadDevice(device)
  return { backend: makeBackend(device, loaded, memoryLimit), facts: loaded.facts }
}

/**
 * A TensorFlow.js device behind the backend contract: float32, int32 and bool. Linear algebra is computed in float64 on the host,
 * at once where the device can be read at once. Whatever a device lacks throws NtkError 'unsupported'. Intermediates of an op
 * are freed at once; a tensor's memory at the end of its `scope`, or when the garbage collector finds that nobody holds it.
 * What does not fit in the device's memory is NtkError 'memory'.
 * Throws NtkError 'unsupported' where the device's package or driver is not there, 'option' where there is no such device.
 */
export async function tfjsBackend(options: TfjsOptions = {}): Promise<Backend> {
  const { device, memoryLimit } = readOptions('tfjsBackend', rules, options)
  return (await openDevice(device, memoryLimit)).backend
}
