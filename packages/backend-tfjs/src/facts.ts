import { Loss } from './loss.js'
import { Shortage } from './shortage.js'

/** What is known of a device once it runs. */
export interface DeviceFacts {
  /** In words: the library or the graphics adapter. */
  readonly about: string
  /** Whether a processor plays the GPU, which is slower than to compute there at once. */
  readonly emulated: boolean
  /** Bytes of its largest buffer, or null where memory is the machine's. */
  readonly largestBuffer: number | null
  readonly loss: Loss
  readonly shortage: Shortage
}

/** Of a device whose memory is the machine's. */
export const onMachine = (about: string): DeviceFacts => ({
  about,
  emulated: false,
  largestBuffer: null,
  loss: new Loss(),
  shortage: new Shortage(),
})
