import type { SpectrumSettings } from './compute.js'

/** The demo's eigenvalues as a program. */
export function code({ n, activation, depth, wStd, bStd, get }: SpectrumSettings): string {
  return `import { flatten, glyphs, normalizeSamples } from '@ntk/datasets'
import { kernelFn } from '@ntk/kernels-analytic'
import { spectrum } from '@ntk/kernels-empirical'
import { ${activation}, fullyConnected } from '@ntk/stax'
import { argSort, reverse, take } from '@ntk/tensor'

const { images, labels } = glyphs({ n: ${n} })
const x = take(flatten(normalizeSamples(images)), argSort(labels)) // sorted by digit

const net = fullyConnected([${Array.from({ length: depth }, () => 512).join(', ')}], 1, { activation: () => ${activation}(), wStd: ${wStd}, bStd: ${bStd} })
const kernel = await kernelFn(net)(x, null, { get: '${get}' })
const { eigenvalues, conditionNumber, effectiveRank } = await spectrum(kernel)
console.log(reverse(eigenvalues).toNested(), conditionNumber, effectiveRank)
`
}
