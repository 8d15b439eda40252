import { Dense, Erf, serial } from '@ntk/stax'
import { arange, div, key, mean, mul, normal, reshape, sub, type Tensor } from '@ntk/tensor'
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

describe('an apply that goes another way for many samples, or by the place of a sample', () => {
  /** Twice as much for more than three samples. */
  const ofMany = (p: P, x: Tensor): Tensor => mul(net.apply(p, x), (x.shape[0] as number) > 3 ? 2 : 1)
  /** Sample i counts i times. */
  const byPlace = (p: P, x: Tensor): Tensor => {
    const n = x.shape[0] as number
    return mul(net.apply(p, x), reshape(arange(n, 'float64'), [n, 1]))
  }
  const ofLayer = (x: Tensor, y: Tensor | null) => empiricalNtkFn(net.apply)(x, y, params)

  it.each(implementations)('has the NTK of all samples by %s', async (implementation) => {
    const ofRows = (f: typeof ofMany) => empiricalNtkFn(f, { implementation })
    expect(worst(await ofRows(ofMany)(x1, null, params), mul(await ofLayer(x1, null), 4))).toBeLessThan(1e-11)
    expect(worst(await ofRows(ofMany)(x1, x2, params), mul(await ofLayer(x1, x2), 2))).toBeLessThan(1e-11)
    // The side that goes the other way is the second.
    expect(worst(await ofRows(ofMany)(x2, x1, params), mul(await ofLayer(x2, x1), 2))).toBeLessThan(1e-11)
    const places = mul(reshape(arange(5, 'float64'), [5, 1, 1, 1]), reshape(arange(3, 'float64'), [3, 1, 1]))
    expect(worst(await ofRows(byPlace)(x1, x2, params), mul(await ofLayer(x1, x2), places))).toBeLessThan(
      1e-11,
    )
  })

  it('has one NNGP kernel, whatever the tiles', async () => {
    for (const f of [ofMany, byPlace]) {
      for (const [a, b] of [
        [x1, x2],
        [x2, x1],
      ] as const) {
        const whole = await empiricalNngpFn(f)(a, b, params)
        expect(worst(await empiricalNngpFn(f)(a, b, params, { tile: 1 }), whole)).toBeLessThan(1e-12)
      }
    }
  })
})
