import type { PhaseSettings } from './compute.js'

/** The demo's computation as a program. */
export function code({ activation, wVar, bVar, c0 }: PhaseSettings): string {
  return `import { meanField, pairsByDepth } from '@ntk/dynamics'

const layer = { wStd: ${Math.sqrt(wVar)}, bStd: ${Math.sqrt(bVar)} }
const { phase, qStar, cStar, chi1 } = meanField('${activation}', layer)
console.log(phase, qStar, cStar, chi1)

// Two inputs of the correlation ${c0}, behind 0, 1, ..., 40 activations.
const q0 = qStar > layer.bStd ** 2 ? (qStar - layer.bStd ** 2) / layer.wStd ** 2 : 1
const { c } = pairsByDepth('${activation}', { ...layer, depth: 40, q0, c0: ${c0} })
console.log(c.toNested())
`
}
