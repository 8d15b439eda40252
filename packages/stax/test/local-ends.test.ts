/** An activation behind ConvLocal at the end of a network: positions are independent before it, and share their means behind it. */
import { kernelFn } from '@ntk/kernels-analytic'
import { key, normal } from '@ntk/tensor'
import { expect, test } from 'vitest'
import { Conv, ConvLocal, Relu, serial } from '../src/index.js'

test('Relu behind ConvLocal leaves the product of means between different positions, and no NTK', async () => {
  const options = { wStd: 1.3, bStd: 0.4, padding: 'SAME' } as const
  const local = serial(Conv(4, [2], options), Relu(), ConvLocal(4, [2], options))
  const [n, positions] = [3, 4]
  const x = normal(key(1), [n, positions, 2])
  const before = await kernelFn(local)(x, null, { get: 'nngp' })
  expect(before.shape).toEqual([n, n, positions])
  const { nngp, ntk } = await kernelFn(serial(local, Relu()))(x, null, { tile: 2 })
  expect(nngp.shape).toEqual([n, n, positions, positions])
  const [q, k, theta] = [before.dataSync(), nngp.dataSync(), ntk.dataSync()]
  const variance = (i: number, p: number): number => q[(i * n + i) * positions + p] as number
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let p = 0; p < positions; p++) {
        for (let r = 0; r < positions; r++) {
          if (p === r) continue
          const at = ((i * n + j) * positions + p) * positions + r
          // E[relu(u)] E[relu(v)] of independent u and v, each √(variance / 2π).
          const means = Math.sqrt(variance(i, p) * variance(j, r)) / (2 * Math.PI)
          expect(Math.abs((k[at] as number) - means)).toBeLessThan(1e-14)
          expect(theta[at]).toBe(0)
        }
      }
    }
  }
})
