import type { TileSize } from '@ntk/tiles'
import { layoutBefore, mixesSamples } from '../steps/chain.js'
import { elementsOf, type SpatialLayout } from '../steps/rule.js'
import type { KernelStep } from '../steps/step.js'
import { leavesOf, type Shaped, type Tree } from '../tree.js'
import type { Path } from './path.js'

/** The way of a network with a tree of inputs or values: layer by layer, with runs on vectors in one piece. */
export function pathOfTree(steps: readonly KernelStep[], after: SpatialLayout): Path {
  return {
    fused: null,
    inSpace: null,
    flat: false,
    layout: layoutBefore(steps, after),
    whole: mixesSamples(steps),
  }
}

/** Square tiles, of which all inputs together fit the cache. */
export function tileSizeOfTree(
  steps: readonly KernelStep[],
  inputs: Tree<Shaped>,
  after: SpatialLayout,
  wanted: number | undefined,
): TileSize {
  const layout = layoutBefore(steps, after)
  const elements = leavesOf(inputs).reduce((total, { shape }) => total + elementsOf(shape, layout), 0)
  const side = wanted ?? Math.max(1, Math.min(256, Math.floor(Math.sqrt(2 ** 18 / elements))))
  return { rows: side, cols: side }
}
