import type { BackendBuffer, MemoryUse } from './backend.js'
import { NtkError } from './errors.js'
import { show } from './options/show.js'

/** What a tensor on a device holds: a value of the device's own kind, or one of several handles of it. */
export interface DeviceHandle<T> {
  readonly value: T
}

/** How the memory of a value is counted and given back. */
export interface DeviceMemoryOf<T> {
  readonly bytesOf: (value: T) => number
  readonly release: (value: T) => void
}

/** The handles of one device that are neither freed nor collected. */
export interface DeviceHandles<T> {
  /** Counts a handle from here on, and gives it. Throws NtkError 'value' of what is no handle. */
  readonly hold: <H extends DeviceHandle<T>>(handle: H) => H
  /** What is not held, or no more, is left alone. */
  readonly free: (buffer: BackendBuffer) => void
  readonly memory: () => MemoryUse
}

/**
 * For backends: counts what tensors on a device hold, and gives it back once. Throws NtkError 'value' unless it gets two functions,
 * `bytesOf` and `release`.
 */
export function deviceHandles<T>(of: DeviceMemoryOf<T>): DeviceHandles<T> {
  if (typeof of?.bytesOf !== 'function' || typeof of.release !== 'function') {
    throw new NtkError('value', { what: 'deviceHandles needs { bytesOf, release }.', got: show(of) })
  }
  let [buffers, bytes] = [0, 0]
  const held = new WeakSet<BackendBuffer>()
  const drop = (value: T): void => {
    buffers--
    bytes -= of.bytesOf(value)
    of.release(value)
  }
  // a net under scopes: when nobody holds a handle any more, the device's memory goes as well
  const collected = new FinalizationRegistry<T>(drop)
  return {
    hold: (handle) => {
      if (typeof handle !== 'object' || handle === null || !('value' in handle))
        throw new NtkError('value', { what: 'A handle is { value }.', got: show(handle) })
      collected.register(handle, handle.value, handle)
      held.add(handle)
      buffers++
      bytes += of.bytesOf(handle.value)
      return handle
    },
    free: (buffer) => {
      if (!held.delete(buffer)) return
      collected.unregister(buffer)
      drop((buffer as DeviceHandle<T>).value)
    },
    memory: () => ({ buffers, bytes }),
  }
}
