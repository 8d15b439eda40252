import { readFileSync } from 'node:fs'
import { grad, jvp } from '@ntk/autodiff'
import {
  key,
  mean,
  type Nested,
  normal,
  reshape,
  square,
  sum,
  type Tensor,
  tensor,
  type Value,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  ABRelu,
  Abs,
  Dense,
  Erf,
  FanInSum,
  FanOut,
  Flatten,
  fromSpec,
  Identity,
  LeakyRelu,
  type Params,
  parallel,
  Relu,
  repeat,
  type Spec,
  serial,
} from '../src/index.js'
import { close } from './helpers.js'

interface Case {
  readonly name: string
  readonly spec: Spec
  readonly x1: Nested
  readonly x2: Nested
  readonly params: readonly Nested[]
  readonly params2: readonly Nested[]
  readonly f1: Nested
  readonly f2: Nested
  readonly f1AtParams2: Nested
}

const cases = JSON.parse(
  readFileSync(new URL('./reference/finite.json', import.meta.url), 'utf8'),
) as readonly Case[]

/** The reference's list of leaves as this network's tree: weight, then bias, of each dense layer. */
function treeOf(spec: Spec, leaves: readonly Nested[]): Params<Tensor> {
  const rest = leaves.map((leaf) => tensor(leaf))
  const children = spec.slice(1) as readonly Spec[]
  return children.map(([name]) => {
    if (name !== 'Dense') return null
    const [w, b] = rest.splice(0, 2) as [Tensor, Tensor]
    return { w, b: reshape(b, [b.size]) }
  })
}

describe.each(cases)('$name', ({ spec, ...c }) => {
  const net = fromSpec(spec)

  test('computes what the reference computes with the same parameters', () => {
    const params = treeOf(spec, c.params)
    close(net.apply(params, tensor(c.x1)), c.f1, 1e-12)
    close(net.apply(params, tensor(c.x2)), c.f2, 1e-12)
    close(net.apply(treeOf(spec, c.params2), tensor(c.x1)), c.f1AtParams2, 1e-12)
  })

  test('has parameters of the shapes of the reference', () => {
    const shapes = (tree: Params<Tensor>): unknown =>
      (tree as readonly (Record<string, Tensor> | null)[]).map(
        (p) => p && Object.values(p).map((v) => v.shape),
      )
    const { params, outputShape } = net.init(key(0), [-1, 4])
    expect(shapes(params)).toEqual(shapes(treeOf(spec, c.params)))
    expect(outputShape).toEqual([-1, 3])
  })

  test('is differentiable in its parameters: the derivative is the slope of its outputs', () => {
    const params = treeOf(spec, c.params)
    const total = (p: Params): Value => sum(net.apply<Value>(p, tensor(c.x1)))
    const direction = treeOf(spec, c.params2)
    const [, slope] = jvp(total as never, [params] as never, [direction] as never) as unknown as [
      Tensor,
      Tensor,
    ]
    const moved = (h: number): number => {
      const at = (a: Params<Tensor>, b: Params<Tensor>): Params<Tensor> =>
        (a as readonly (Record<string, Tensor> | null)[]).map((p, i) => {
          const d = (b as readonly (Record<string, Tensor> | null)[])[i]
          if (p === null || d === null || d === undefined) return null
          return Object.fromEntries(
            Object.entries(p).map(([name, v]) => {
              const step = d[name]?.dataSync() ?? []
              return [
                name,
                reshape(
                  tensor(v.dataSync().map((u: number, j: number) => u + h * (step[j] as number))),
                  v.shape,
                ),
              ]
            }),
          )
        })
      return (total(at(params, direction)) as Tensor).item()
    }
    expect(slope.item()).toBeCloseTo((moved(1e-6) - moved(-1e-6)) / 2e-6, 6)
    const gradient = grad(total as never)(params as never) as unknown as readonly unknown[]
    expect(gradient.length).toBe(spec.length - 1)
  })
})

describe('layers', () => {
  const x = normal(key(1), [5, 4])

  test.each([
    ['Relu', Relu(), (v: number) => Math.max(v, 0)],
    ['Abs', Abs(), Math.abs],
    ['LeakyRelu', LeakyRelu({ alpha: 0.2 }), (v: number) => (v < 0 ? 0.2 * v : v)],
    ['ABRelu', ABRelu({ a: -0.5, b: 3 }), (v: number) => (v < 0 ? -0.5 * v : 3 * v)],
    ['Identity', Identity(), (v: number) => v],
  ] as const)('%s is what its name says', (_, layer, f) => {
    close(
      layer.apply(null, x),
      (x.toNested() as number[][]).map((row) => row.map(f)),
      1e-15,
    )
    expect(layer.init(key(0), [-1, 4])).toEqual({ outputShape: [-1, 4], params: null })
  })

  test('Erf takes height, steepness and shift', () => {
    const y = Erf({ a: 2, b: 3, c: -1 }).apply(null, tensor([0, 10, -10]))
    close(y, [-1, 1, -3], 1e-15)
  })

  test('Flatten joins positions and channels', () => {
    const layer = Flatten()
    expect(layer.init(key(0), [-1, 3, 2, 4]).outputShape).toEqual([-1, 24])
    expect(layer.apply(null, normal(key(0), [2, 3, 2, 4])).shape).toEqual([2, 24])
    expect(layer.apply(null, x)).toBe(x)
  })

  test('Dense acts on the last axis whatever comes before', () => {
    const layer = Dense(6, { wStd: 1.5 })
    const { params, outputShape } = layer.init(key(0), [-1, 3, 2, 4])
    expect(outputShape).toEqual([-1, 3, 2, 6])
    const image = normal(key(2), [2, 3, 2, 4])
    const rows = layer.apply(params, reshape(image, [12, 4]))
    close(reshape(layer.apply(params, image), [12, 6]), rows.toNested(), 1e-14)
  })

  test('the two parameterizations draw the same functions from the same key', () => {
    const options = { wStd: 1.3, bStd: 0.4 }
    const [ntk, standard] = [Dense(7, options), Dense(7, { ...options, parameterization: 'standard' })]
    const out = (layer: typeof ntk): Tensor => layer.apply(layer.init(key(3), [-1, 4]).params, x)
    close(out(standard), out(ntk).toNested(), 1e-14)
  })

  test('standard width scalings widen the layer and keep the size of outputs', () => {
    const wide = Dense(300, { parameterization: 'standard', s: [2, 3], wStd: 1.5 })
    const input = normal(key(4), [4, 2000])
    const { params, outputShape } = wide.init(key(5), [-1, 2000])
    expect(outputShape).toEqual([-1, 900])
    expect(Math.abs(mean(square(wide.apply(params, input))).item() / 1.5 ** 2 - 1)).toBeLessThan(0.1)
  })

  test('weights and biases are standard normal in the ntk parameterization, float32 where asked', () => {
    const { params } = Dense(400, { bStd: 0.1 }).init(key(6), [-1, 200], { dtype: 'float32' })
    const { w, b } = params as { w: Tensor; b: Tensor }
    expect([w.dtype, b.dtype, b.shape]).toEqual(['float32', 'float32', [400]])
    expect(Math.abs(mean(square(w)).item() - 1)).toBeLessThan(0.02)
  })

  test('the same key gives the same network, another key another', () => {
    const net = serial(Dense(3), Relu(), Dense(2))
    const out = (seed: number): number[] =>
      Array.from(net.apply(net.init(key(seed), [-1, 4]).params, x).dataSync())
    expect(out(1)).toEqual(out(1))
    expect(out(1)).not.toEqual(out(2))
  })

  test('functions of a layer need no this', () => {
    const { init, apply } = serial(Dense(3), Relu())
    expect(apply(init(key(0), [-1, 4]).params, x).shape).toEqual([5, 3])
  })
})

describe('combinators', () => {
  const x = normal(key(1), [5, 4])

  test('serial is composition, and nothing is the identity', () => {
    const [a, b] = [Dense(6), Dense(3)]
    const net = serial(a, Relu(), b)
    const { params } = net.init(key(0), [-1, 4])
    const [pa, , pb] = params as readonly Params<Tensor>[]
    close(net.apply(params, x), b.apply(pb ?? null, Relu().apply(null, a.apply(pa ?? null, x))).toNested(), 0)
    expect(serial().apply([], x)).toBe(x)
    expect(serial(net, Identity()).init(key(0), [-1, 4]).outputShape).toEqual([-1, 3])
  })

  test('a residual block adds its branch to its input', () => {
    const branch = serial(Relu(), Dense(4))
    const net = serial(FanOut(2), parallel(Identity(), branch), FanInSum())
    const { params, outputShape } = net.init(key(0), [-1, 4])
    expect(outputShape).toEqual([-1, 4])
    const inner = ((params as readonly Params<Tensor>[])[1] as readonly Params<Tensor>[])[1] ?? null
    const [y, z] = [x.dataSync(), branch.apply(inner, x).dataSync()]
    net
      .apply(params, x)
      .dataSync()
      .forEach((v: number, i: number) => expect(v).toBe((y[i] as number) + (z[i] as number)))
  })

  test('repeat gives each repetition parameters of its own', () => {
    const net = repeat(serial(Dense(4), Erf()), 3)
    const { params } = net.init(key(0), [-1, 4])
    const weights = (params as readonly (readonly { w: Tensor }[])[]).map(([dense]) => dense?.w.dataSync()[0])
    expect(new Set(weights).size).toBe(3)
    expect(net.apply(params, x).shape).toEqual([5, 4])
  })
})
