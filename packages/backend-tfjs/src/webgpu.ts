import { NtkError } from '@ntk/tensor'
import type { DeviceFacts } from './facts.js'
import { Loss } from './loss.js'
import type { Tf } from './rule.js'
import { shortageOf } from './shortage.js'
import { watchWebGpu } from './webgpu-memory.js'

/** What is used here of WebGPU's own interfaces, which Node's types do not have. */
interface Adapter {
  readonly info?: { readonly vendor: string; readonly architecture: string; readonly description: string }
  readonly isFallbackAdapter?: boolean
}
interface Gpu {
  readonly requestAdapter: (options?: { powerPreference?: string }) => Promise<Adapter | null>
}
interface Dawn {
  readonly create: (options: readonly string[]) => Gpu
  readonly globals: Readonly<Record<string, unknown>>
}
interface WebGpuBackend {
  readonly device: { readonly lost: Promise<{ readonly message: string }> }
}

const optional = (name: string): Promise<unknown> => import(/* @vite-ignore */ name)

const gpuOf = (): Gpu | undefined => (globalThis as { navigator?: { gpu?: Gpu } }).navigator?.gpu

/** Node has no WebGPU of its own: the package `webgpu` (Dawn) is put where a browser has it. */
async function dawn(): Promise<void> {
  const { create, globals } = (await optional('webgpu')) as Dawn
  for (const [name, value] of Object.entries(globals)) {
    if (name in globalThis) continue
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  }
  if (!('navigator' in globalThis)) {
    Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true })
  }
  Object.defineProperty((globalThis as { navigator: object }).navigator, 'gpu', {
    value: create([]),
    configurable: true,
  })
}

let adapter: Adapter | null = null

/** Finds a graphics adapter. Throws NtkError 'unsupported' where there is none; whatever import throws without the package. */
export async function startWebGpu(): Promise<void> {
  if (adapter !== null) return
  if (gpuOf() === undefined && typeof process !== 'undefined') await dawn()
  adapter = (await gpuOf()?.requestAdapter({ powerPreference: 'high-performance' })) ?? null
  if (adapter !== null) return
  throw new NtkError('unsupported', {
    what: 'The webgpu device found no graphics adapter.',
    got:
      gpuOf() === undefined
        ? 'a browser without WebGPU'
        : 'no driver for WebGPU (Vulkan, Metal or Direct3D 12)',
    fix: "Install the driver of the GPU (on Linux its Vulkan part), or take another device; 'wasm' runs everywhere.",
  })
}

const softwareNames = /swiftshader|llvmpipe|lavapipe|basic render|software/i

/** Of the device that tfjs has started. */
export function webGpuFacts(tf: Tf): DeviceFacts {
  const info = adapter?.info
  const about = [info?.description, info?.vendor, info?.architecture].filter(
    (part) => part !== undefined && part !== '',
  )
  const { device } = tf.backend() as unknown as WebGpuBackend
  const loss = new Loss()
  void device.lost.then(({ message }) => loss.say(message))
  const shortage = shortageOf(tf, watchWebGpu)
  return {
    about: about.join(', ') || 'WebGPU',
    emulated: adapter?.isFallbackAdapter === true || softwareNames.test(about.join(' ')),
    largestBuffer: shortage.largestBuffer,
    loss,
    shortage,
  }
}
