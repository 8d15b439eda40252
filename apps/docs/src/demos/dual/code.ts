import { coefficients } from './coefficients.js'
import type { DualSettings } from './compute.js'
import { correlations, depths } from './grids.js'

/** The demo's kernels as a program. */
export function code({ activation, heights, wStd, bStd }: DualSettings): string {
  const layer =
    activation === 'drawn' ? `Polynomial({ coef: [${coefficients(heights).join(', ')}] })` : `${activation}()`
  return `import { pairsByDepth } from '@ntk/dynamics'
import { ${activation === 'drawn' ? 'Polynomial' : activation} } from '@ntk/stax'
import { slice } from '@ntk/tensor'

const correlations = Array.from({ length: ${correlations.length} }, (_, i) => -1 + i / ${(correlations.length - 1) / 2})
const layer = { wStd: ${wStd}, bStd: ${bStd}, layerNorm: true }
const { c, ntk, ntkPair } = pairsByDepth(${layer}, { ...layer, depth: ${depths.at(-1)}, c0: correlations })
for (const depth of [${depths.join(', ')}]) {
  console.log(slice(c, depth).toNested()) // correlation of the pair behind so many layers
  const own = slice(ntk, depth).item()
  console.log(slice(ntkPair, depth).toNested().map((value) => value / own))
}
`
}
