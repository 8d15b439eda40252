import { type AnyActivation, activations } from '@ntk/kernels-analytic'
import { abs, key, linspace, max, mean, mul, normal, sub, type Tensor } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import * as stax from '../src/index.js'
import {
  Celu,
  Cos,
  Elementwise,
  Elu,
  Exp,
  fromSpec,
  Gabor,
  Gaussian,
  Gelu,
  HardTanh,
  Hermite,
  type Layer,
  layerNames,
  Mish,
  Monomial,
  Numerical,
  Polynomial,
  Rbf,
  RectifiedMonomial,
  Relu6,
  Selu,
  Sigmoid,
  SigmoidLike,
  Sign,
  Sin,
  Softplus,
  Softsign,
  Swish,
  Tanh,
} from '../src/index.js'

const x = linspace(-3, 3, 61)
const table: readonly [string, Layer, (x: number) => number][] = [
  ['Tanh', Tanh(), Math.tanh],
  ['Sigmoid', Sigmoid(), (v) => 1 / (1 + Math.exp(-v))],
  ['Softplus', Softplus(), (v) => Math.log(1 + Math.exp(v))],
  ['Swish', Swish({ beta: 1.5 }), (v) => v / (1 + Math.exp(-1.5 * v))],
  ['Elu', Elu({ alpha: 0.7 }), (v) => (v > 0 ? v : 0.7 * (Math.exp(v) - 1))],
  ['Celu', Celu({ alpha: 0.7 }), (v) => (v > 0 ? v : 0.7 * (Math.exp(v / 0.7) - 1))],
  ['Selu', Selu(), (v) => 1.0507009873554805 * (v > 0 ? v : 1.6732632423543772 * (Math.exp(v) - 1))],
  ['Softsign', Softsign(), (v) => v / (1 + Math.abs(v))],
  ['Mish', Mish(), (v) => v * Math.tanh(Math.log(1 + Math.exp(v)))],
  ['HardTanh', HardTanh(), (v) => Math.min(Math.max(v, -1), 1)],
  ['Relu6', Relu6(), (v) => Math.min(Math.max(v, 0), 6)],
  ['Elementwise', Elementwise('softsign'), (v) => v / (1 + Math.abs(v))],
  ['Sin', Sin({ a: 2, b: 1.5, c: 0.4 }), (v) => 2 * Math.sin(1.5 * v + 0.4)],
  ['Cos', Cos({ a: 2, b: 1.5, c: 0.4 }), (v) => 2 * Math.cos(1.5 * v + 0.4)],
  ['Rbf', Rbf({ gamma: 0.7 }), (v) => Math.SQRT2 * Math.sin(Math.sqrt(1.4) * v + Math.PI / 4)],
  ['Gaussian', Gaussian({ a: 2, b: -0.3 }), (v) => 2 * Math.exp(-0.3 * v * v)],
  ['Exp', Exp({ a: 0.5, b: 0.3 }), (v) => 0.5 * Math.exp(0.3 * v)],
  ['Gabor', Gabor(), (v) => Math.exp(-v * v) * Math.sin(v)],
  ['Sign', Sign(), Math.sign],
  ['Monomial', Monomial(3), (v) => v ** 3],
  ['Monomial of degree 0', Monomial(0), () => 1],
  ['RectifiedMonomial', RectifiedMonomial(2), (v) => Math.max(v, 0) ** 2],
  ['RectifiedMonomial of degree 0', RectifiedMonomial(0), (v) => Number(v > 0)],
  ['Polynomial', Polynomial([-0.5, 1.2, 0.3]), (v) => -0.5 + 1.2 * v + 0.3 * v * v],
  ['Hermite', Hermite(3), (v) => (v ** 3 - 3 * v) / Math.sqrt(6)],
  ['Numerical', Numerical('tanh'), Math.tanh],
]

describe('activations', () => {
  it.each(table)('%s is its formula, and its spec builds it again', (_, layer, f) => {
    const y = layer.apply(null, x)
    y.dataSync().forEach((v, i) => expect(v).toBeCloseTo(f(x.dataSync()[i] as number), 12))
    expect(fromSpec(layer.spec).spec).toEqual(layer.spec)
  })

  it('Gelu and SigmoidLike follow the normal distribution: their derivatives at 0 and their limits', () => {
    const gelu = (v: number): number =>
      Gelu()
        .apply(null, mul(linspace(1, 1, 1), v))
        .item()
    expect((gelu(1e-6) - gelu(-1e-6)) / 2e-6).toBeCloseTo(0.5, 9)
    expect(gelu(10)).toBeCloseTo(10, 12)
    expect(gelu(-40)).toBeCloseTo(0, 12)
    // Φ(1) = 0.841344746068543
    expect(gelu(1)).toBeCloseTo(0.8413447460685429, 14)
    const like = SigmoidLike().apply(null, x)
    expect(max(abs(sub(like, Sigmoid().apply(null, x)))).item()).toBeLessThan(0.02)
  })

  it('Elementwise takes any function in ops; its spec has that function, which JSON loses, and then says so', () => {
    const layer = Elementwise((v) => mul(v, v), { nngpFn: 'square' })
    expect(layer.apply(null, x).dataSync()[0]).toBeCloseTo(9, 12)
    const json = JSON.parse(JSON.stringify(Elementwise((v) => mul(v, v)).spec)) as typeof layer.spec
    expect(() => fromSpec(json).apply(null, x)).toThrow(/not JSON/)
    expect(() => Elementwise('tanhh' as 'tanh')).toThrow(/Elementwise/)
  })

  it('Gelu by tanh is within 5e-4 of Gelu, and is another function', () => {
    const apart = max(abs(sub(Gelu().apply(null, x), Gelu({ approximate: true }).apply(null, x)))).item()
    expect(apart).toBeLessThan(5e-4)
    expect(apart).toBeGreaterThan(1e-4)
  })

  it('Hermite polynomials are orthonormal under the normal distribution', () => {
    const z = normal(key(0), [200_000])
    const h = (n: number): Tensor => Hermite(n).apply(null, z)
    for (const [n, m] of [
      [1, 1],
      [2, 2],
      [1, 2],
      [0, 2],
      [1, 3],
    ] as const) {
      expect(Math.abs(mean(mul(h(n), h(m))).item() - Number(n === m))).toBeLessThan(0.03)
    }
  })
})

it('every activation of the table is a layer of the package, named in specs as it is exported', () => {
  for (const [name, record] of Object.entries<AnyActivation>(activations)) {
    expect(Object.keys(stax), 'run `node packages/stax/scripts/write-layers.mjs`').toContain(name)
    expect(layerNames()).toContain(record.name)
  }
})
