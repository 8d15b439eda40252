import type { PlanLine } from '../frame/command.js'
import { showBytes } from '../measures/memory.js'
import type { Samples } from '../networks/samples.js'
import { shortNumber } from '../text/number.js'
import type { Estimate } from './kernel.js'

/** What would fit, for a plan. */
export const fitsLine = (ways: string[]): PlanLine => ['would fit', ways.join('; or '), ways]

/** Pairs, operations and bytes of a kernel, for a plan. */
export function sizeLines({ description }: Estimate, { n1, n2 }: Samples): PlanLine[] {
  const { pairs, tiles, tile, operations, resultBytes, way } = description
  const how = {
    vectors: 'all layers in one piece',
    space: 'in one piece up to where images become vectors',
    layers: 'layer by layer',
  }[way]
  return [
    [
      'pairs',
      `${pairs} of ${n2 === null ? n1 : `${n1} × ${n2}`} samples, in ${tiles} ${tiles === 1 ? 'tile' : 'tiles'} of up to ${tile.rows} × ${tile.cols}`,
      pairs,
    ],
    ['operations', `${shortNumber(operations)}, ${how}`, operations],
    ['result', showBytes(resultBytes), resultBytes],
  ]
}

/** Memory at the peak, and whether it is there. */
export function memoryLine({ memory }: Estimate, free: number): PlanLine {
  const { samples, kernel, spectrum, total } = memory
  const parts = [
    `samples ${showBytes(samples)}`,
    `kernel and tiles ${showBytes(kernel)}`,
    ...(spectrum > 0 ? [`eigenvalues ${showBytes(spectrum)}`] : []),
  ]
  const verdict = total <= free ? 'fits' : 'does not fit'
  const text = `${showBytes(total)} at the peak (${parts.join(', ')}); ${showBytes(free)} free: ${verdict}`
  return ['memory', text, { ...memory, free, fits: total <= free }]
}
