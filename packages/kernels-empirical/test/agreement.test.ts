import { jacrev } from '@ntk/autodiff'
import { empiricalNtkFn } from '@ntk/kernels-empirical'
import { add, matmul, reshape, sizeOf, slice, type Tensor, transpose } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { draw, type Network, networks, type Params, relativeError } from './networks.js'

/** The kernel [n1, n2, k, k', ...] from whole Jacobians of whole batches, entry by entry of the definition. */
function byDefinition({ apply }: Network, params: Params, x1: Tensor, x2: Tensor): Tensor {
  const jacobian = (x: Tensor): Tensor[] => {
    const js = jacrev((p: Params) => apply(p, x))(params) as unknown as Tensor[]
    return js.map((j, i) => reshape(j, [-1, sizeOf((params[i] as Tensor).shape)]))
  }
  const [j1, j2] = [jacobian(x1), jacobian(x2)]
  const flat = j1.map((j, i) => matmul(j, transpose(j2[i] as Tensor))).reduce((a, b) => add(a, b))
  const [s1, s2] = [apply(params, x1).shape, apply(params, x2).shape]
  const rank = s1.length
  const perm = s1.flatMap((_, i) => [i, rank + i])
  return transpose(reshape(flat, [...s1, ...s2]), perm)
}

const implementations = ['jacobian-contraction', 'ntk-vector-products', 'structured-derivatives'] as const

for (const network of networks) {
  describe(`${network.name}:`, () => {
    const { x, params } = draw(network, 5)
    const [x1, x2] = [slice(x, [0, 3]), slice(x, [3, 5])]
    const expected = byDefinition(network, params, x1, x2)
    for (const implementation of implementations) {
      const kernel = empiricalNtkFn(network.apply, { implementation })

      test(`${implementation} gives the kernel of the definition`, async () => {
        expect(relativeError(await kernel(x1, x2, params), expected)).toBeLessThan(1e-12)
      })

      test(`${implementation} gives the same from one triangle of blocks`, async () => {
        const symmetric = await kernel(x, null, params, network.mixes ? {} : { tile: 2 })
        expect(relativeError(symmetric, byDefinition(network, params, x, x))).toBeLessThan(1e-12)
      })
    }
  })
}
