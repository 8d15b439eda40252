import type { FloatDType, Tensor } from '@ntk/tensor'
import type { TileSize } from '@ntk/tiles'
import type { SpatialLayout } from '../steps/rule.js'
import type { KernelStep } from '../steps/step.js'
import { leavesOf, type Tree } from '../tree.js'
import { memoryOf, type PairSizes, pairSizes } from './memory.js'
import type { KernelName } from './options.js'
import type { Path } from './path.js'
import { requireRoom } from './room.js'

/** Samples [n, spatial..., channels], and what is asked of them. */
export interface HeldJob {
  readonly x1: Tree<Tensor>
  readonly x2: Tree<Tensor> | null
  readonly names: readonly KernelName[]
  readonly after: SpatialLayout
  readonly tile: TileSize
  readonly dtype: FloatDType
  /** Whether results are held in memory. */
  readonly held: boolean
}

const samplesIn = (x: Tree<Tensor>): number => leavesOf(x)[0]?.shape[0] ?? 0

/** Throws NtkError 'value' where memory cannot hold results and tiles, before any of them is made. */
export function requireRoomFor(path: Path, steps: readonly KernelStep[], job: HeldJob): void {
  const { x1, x2, names, after, dtype, tile, held } = job
  const sizes = sizesOrNull(steps, x1, after)
  if (sizes === null) return
  const n = samplesIn(x1)
  requireRoom(n, held, (n1, inMemory) => {
    const n2 = x2 === null ? null : Math.ceil((samplesIn(x2) * n1) / n)
    return memoryOf(path, steps, x1, sizes, { n1, n2, names, dtype, tile, inMemory: held && inMemory })
  })
}

/** Null where a step refuses already to say its shape: its evaluation says it better. */
function sizesOrNull(
  steps: readonly KernelStep[],
  inputs: Tree<Tensor>,
  after: SpatialLayout,
): PairSizes | null {
  try {
    return pairSizes(steps, inputs, after)
  } catch {
    return null
  }
}
