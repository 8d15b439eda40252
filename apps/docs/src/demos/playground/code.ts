import type { PlaygroundSettings } from './compute.js'

/** The demo's kernel and its check, as a program. */
export function code({ spec, shape, draws }: PlaygroundSettings): string {
  return `import { describe, kernelFn } from '@ntk/kernels-analytic'
import { monteCarloKernelFn } from '@ntk/kernels-empirical'
import { fromSpec } from '@ntk/stax'
import { key, normal } from '@ntk/tensor'

const net = fromSpec(${spec.replaceAll('\n', '\n  ')})
const x = normal(key(0), [5, ${shape.join(', ')}])
const { nngp, ntk } = await kernelFn(net)(x)
console.log(nngp.toNested(), ntk.toNested())

// The same by sampling: the mean kernel of ${draws} random networks.
const estimates = await monteCarloKernelFn(net.init, net.apply, { key: key(1), samples: ${Math.max(2, draws)} })(x, null)
console.log(estimates.ntk.mean.toNested())
console.table(describe(net, [-1, ${shape.join(', ')}], { n1: 5 }).layers)
`
}
