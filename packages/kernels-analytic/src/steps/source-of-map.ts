import type { Kernel } from '../kernel.js'

/** The source of what a map of positions makes of a branch: still a function of it, though of other positions too. */
export function sourceOfMap({ source }: Kernel): Kernel['source'] {
  return source === undefined ? undefined : { of: source.of, by: 'other' }
}
