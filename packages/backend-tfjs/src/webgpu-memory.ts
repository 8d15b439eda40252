import type { Tf, TfTensor } from './rule.js'
import { AllocationFailed, type Shortage } from './shortage.js'

/** What is used here of WebGPU's own interfaces, which Node's types do not have. */
interface GpuBuffer {
  destroy(): void
}
interface Descriptor {
  readonly size: number
  readonly usage: number
}
interface GpuDevice {
  readonly limits: { readonly maxBufferSize: number; readonly maxStorageBufferBindingSize: number }
  createBuffer: (descriptor: Descriptor) => GpuBuffer
  pushErrorScope(filter: 'out-of-memory'): void
  popErrorScope(): Promise<unknown>
}
interface WebGpuBackend {
  readonly device: GpuDevice
  readonly bufferManager: { readonly freeBuffers: ReadonlyMap<string, GpuBuffer[]>; numFreeBuffers: number }
  readonly commandEncoder: object | null
  submitQueue(): void
  uploadToGPU(dataId: object): void
}

/** GPUBufferUsage.STORAGE, of buffers that programs read and write. */
const storage = 0x80

/** Bytes of buffers that are watched: of smaller ones there are many, and they fit where larger ones did. */
const watched = 2 ** 16

/**
 * WebGPU says late that a buffer could not be made, and runs programs without it: their numbers are whatever stood there. Each buffer
 * is asked after. What is too large for any buffer is an error at once.
 */
export function watchWebGpu(tf: Tf, shortage: Shortage): void {
  const backend = tf.backend() as unknown as WebGpuBackend
  const { device } = backend
  const { maxBufferSize, maxStorageBufferBindingSize } = device.limits
  const create = device.createBuffer.bind(device)
  shortage.largestBuffer = Math.min(maxBufferSize, maxStorageBufferBindingSize)
  device.createBuffer = (descriptor) => {
    const { size, usage } = descriptor
    const most = (usage & storage) === 0 ? maxBufferSize : shortage.largestBuffer
    if (size > most) throw new AllocationFailed(size, `at most ${most} bytes in one buffer of this device`)
    if (size < watched) return create(descriptor)
    device.pushErrorScope('out-of-memory')
    const buffer = made(() => create(descriptor), size)
    const failed = device.popErrorScope().then(
      (error) => error !== null && error !== undefined,
      // of a device that is gone, which says so itself
      () => false,
    )
    shortage.expect(size, failed, () => giveBack(backend))
    return buffer
  }
}

/**
 * tfjs uploads numbers when they are first used, and a buffer that fails then would leave a tensor that stands before the failure without
 * numbers. Of what is watched that is done at once; smaller tensors tfjs may compute with on the processor.
 */
export function uploadNow(tf: Tf, tensor: TfTensor): void {
  if (tensor.size * 4 < watched) return
  try {
    ;(tf.backend() as unknown as WebGpuBackend).uploadToGPU(tensor.dataId)
  } catch (cause) {
    tensor.dispose()
    throw cause
  }
}

/** A buffer that is to be written at once is asked of the processor's memory too, and that is told by an exception. */
function made(create: () => GpuBuffer, size: number): GpuBuffer {
  try {
    return create()
  } catch {
    throw new AllocationFailed(size, 'no memory to fill it from')
  }
}

/** Buffers that tfjs keeps for later tensors of the same size go, so that others find room. */
function giveBack(backend: WebGpuBackend): void {
  const { bufferManager } = backend
  // none of them may stand in commands that are still to be sent; without any there is no encoder
  if (backend.commandEncoder !== null) backend.submitQueue()
  for (const buffers of bufferManager.freeBuffers.values()) {
    for (const buffer of buffers) buffer.destroy()
    buffers.length = 0
  }
  bufferManager.numFreeBuffers = 0
}
