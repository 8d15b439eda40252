import { Dense, Erf, serial } from '@ntk/stax'
import { div, key, mean, normal, sub, type Tensor } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import {
  empiricalKernelFn,
  empiricalNngpFn,
  empiricalNtkFn,
  empiricalNtkPartsFn,
  empiricalNtkVpFn,
} from '../src/index.js'

const net = serial(Dense(6), Erf(), Dense(2))
const { params } = net.init(key(0), [-1, 3])
type P = typeof params
const x1 = normal(key(1), [5, 3])
const x2 = normal(key(2), [3, 3])

/** A mean over the batch, as of a loss, in place of the outputs. */
const ofCount = (p: P, x: Tensor): Tensor => div(net.apply(p, x), x.shape[0] as number)
const centred = (p: P, x: Tensor): Tensor => {
  const y = net.apply(p, x)
  return sub(y, mean(y, { axis: 0, keepDims: true }))
}

const implementations = ['structured-derivatives', 'jacobian-contraction', 'ntk-vector-products'] as const

function worst(a: Tensor, b: Tensor): number {
  const [u, v] = [a.dataSync(), b.dataSync()]
  expect(a.shape).toEqual(b.shape)
  return Math.max(...Array.from(u, (number, i) => Math.abs(number - (v[i] as number))))
}

describe('an apply that divides by the number of samples', () => {
  it('has one empirical NTK, whatever computes it and by whatever tiles', async () => {
    // Each side by its own number of samples.
    const plain = await empiricalNtkFn(net.apply)(x1, x2, params)
    const wanted = div(plain, 5 * 3)
    for (const implementation of implementations) {
      for (const tile of [undefined, 1, 2]) {
        const ntk = await empiricalNtkFn(ofCount, { implementation })(x1, x2, params, { tile })
        expect(worst(ntk, wanted)).toBeLessThan(1e-12)
      }
      const own = await empiricalNtkFn(ofCount, { implementation })(x1, null, params)
      expect(worst(own, div(await empiricalNtkFn(net.apply)(x1, null, params), 25))).toBeLessThan(1e-12)
    }
    const parts = await empiricalNtkPartsFn(ofCount)(x1, x2, params)
    const total = Object.values(parts).map((part) => part.dataSync()[0] as number)
    expect(total.reduce((a, b) => a + b)).toBeCloseTo(wanted.dataSync()[0] as number, 12)
    const product = empiricalNtkVpFn(ofCount)(x1, x2, params)(normal(key(3), [3, 2]))
    const wantedProduct = div(empiricalNtkVpFn(net.apply)(x1, x2, params)(normal(key(3), [3, 2])), 15)
    expect(worst(product, wantedProduct)).toBeLessThan(1e-12)
  })

  it('has one NNGP kernel, and so has one that centres its outputs', async () => {
    for (const f of [ofCount, centred]) {
      const whole = await empiricalNngpFn(f)(x1, x2, params)
      for (const tile of [1, 2]) {
        expect(worst(await empiricalNngpFn(f)(x1, x2, params, { tile }), whole)).toBeLessThan(1e-12)
        const both = await empiricalKernelFn(f)(x1, x2, params, { tile })
        expect(worst(both.nngp, whole)).toBeLessThan(1e-12)
      }
    }
  })
})
