import { existsSync } from 'node:fs'
import { tfjsBackend } from '@ntk/backend-tfjs'
import { backendContract } from '@ntk/tensor/contract'
import { describe, it, vi } from 'vitest'

// a software driver takes its time to compile
vi.setConfig({ testTimeout: 300_000 })

/**
 * Debian's Chromium brings a Vulkan driver that the processor runs, and a loader beside it; the loader is found where
 * LD_LIBRARY_PATH names that folder before Node starts.
 */
const software = '/usr/lib/chromium/vk_swiftshader_icd.json'
const loaderNamed = process.env.LD_LIBRARY_PATH?.includes('/usr/lib/chromium') === true
if (loaderNamed && existsSync(software)) process.env.VK_ICD_FILENAMES ??= software

const missing = await tfjsBackend({ device: 'webgpu' }).then(
  () => null,
  (error: unknown) => (error instanceof Error ? error.message : String(error)),
)

describe.skipIf(missing !== null)(`tfjs on WebGPU${missing === null ? '' : ` (${missing})`}`, () => {
  backendContract(
    () => tfjsBackend({ device: 'webgpu' }),
    { describe, it },
    {
      signedZeros: false,
      skip: [
        { match: 'After a thousand training steps', reason: 'minutes on a driver that the processor runs' },
        { match: /int32.*(special|wrapping)/, reason: 'int32 that float32 does not hold is refused' },
        { match: /^(select|transpose) of int32/, reason: 'int32 that float32 does not hold is refused' },
        { match: /^(sin|cos|tan) of float32 .*special/, reason: 'arguments above 2^13 give NaN' },
        {
          match: /^(sinh|cosh|asinh|acosh|atanh|pow|logistic) of float32/,
          reason: "the device's own, good to some 1e-6",
        },
        { match: /^atan2 of float32 .*special/, reason: 'WGSL leaves infinite operands open' },
        { match: /^erfc of float32/, reason: 'WGSL allows its exponential some units in the last place' },
      ],
    },
  )
})
