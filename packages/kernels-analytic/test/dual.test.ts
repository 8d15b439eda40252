import { jvp } from '@ntk/autodiff'
import { type DualStep, erf, type Tensor, tensor, type Value } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { activations, type Dual, dualStack, dualStackComposite, dualStackVariance } from '../src/index.js'
import { sample } from './helpers.js'

/** T, and Θ·Ṫ where Θ is given, by the fused form. */
function fusedDual<O>(dual: Dual<O> | null, options: O) {
  const fused = dual?.fused?.(options as never)
  if (fused === undefined) throw new Error('no fused form')
  return (q: Value, q11: Value, q22: Value, ntk: Value | null) => fused.pair({ q, q11, q22 }, ntk)
}

type Slopes = { readonly a: number; readonly b: number }
const dualAbRelu = (slopes: Slopes) => fusedDual(activations.ABRelu.dual, slopes)
const dualErf = (shape: Slopes & { readonly c: number }) => fusedDual(activations.Erf.dual, shape)

/** Covariances of pairs: far apart, close, opposite, of very different sizes. */
const pairs = [
  [0.3, 1, 1],
  [-0.8, 1, 1],
  [0.999999, 1, 1],
  [-0.999999, 1, 1],
  [0.02, 0.5, 0.01],
  [1.5, 40, 0.07],
  [0, 2, 3],
] as const

type Pair = readonly [q: number, q11: number, q22: number]

/** E[f(u) g(v)] of functions that scale like x^(degree/2): an integral over directions, exact but for its kinks. */
function overAngles([q, q11, q22]: Pair, degree: 0 | 2, f: (x: number) => number): number {
  const lag = Math.acos(q / Math.sqrt(q11 * q22))
  const count = 2 ** 18
  let total = 0
  for (let i = 0; i < count; i++) {
    const angle = (2 * Math.PI * (i + 0.5)) / count
    total += f(Math.sqrt(q11) * Math.cos(angle)) * f(Math.sqrt(q22) * Math.cos(angle - lag))
  }
  // The radius contributes E[r²] = 2 to products of degree 2, and 1 to those of degree 0.
  return (total / count) * (degree === 2 ? 2 : 1)
}

/** E[f(u) f(v)] of a smooth f: the trapezoidal rule over the plane, which converges faster than any power. */
function overPlane([q, q11, q22]: Pair, f: (x: number) => number): number {
  const [a, b] = [Math.sqrt(q11), q / Math.sqrt(q11)]
  const c = Math.sqrt(q22 - b * b)
  const h = 1 / 16
  let total = 0
  for (let x = -9; x <= 9; x += h) {
    let row = 0
    for (let y = -9; y <= 9; y += h) row += Math.exp(-(y * y) / 2) * f(b * x + c * y)
    total += Math.exp(-(x * x) / 2) * f(a * x) * row
  }
  return (total * h * h) / (2 * Math.PI)
}

const scalarErf = (x: number): number => erf(tensor(x)).item()
const one = (x: number): Tensor => tensor([[x]])

function values([t, theta]: readonly [unknown, unknown]): [number, number] {
  return [(t as Tensor).item(), (theta as Tensor).item()]
}

describe.each(pairs)('the pair (%d, %d, %d)', (...pair) => {
  const [q, q11, q22] = pair

  test.each([
    [0, 1],
    [-1, 1],
    [0.2, 1],
    [0.3, -2],
  ])('ABRelu(%d, %d) agrees with an integral over directions', (a, b) => {
    const [t, slope] = values(dualAbRelu({ a, b })(one(q), one(q11), one(q22), one(1)))
    const size = Math.sqrt(q11 * q22)
    const byAngles = overAngles(pair, 2, (x) => (x < 0 ? a * x : b * x))
    expect(Math.abs(t - byAngles)).toBeLessThan(1e-9 * size)
    const slopeByAngles = overAngles(pair, 0, (x) => (x < 0 ? a : b))
    // A jump is resolved to one of the 2^18 directions.
    expect(Math.abs(slope - slopeByAngles)).toBeLessThan(4e-5)
  })

  test('Erf agrees with the trapezoidal rule over the plane', () => {
    const params = { a: 1.5, b: 0.4, c: 0.3 }
    const [t, slope] = values(dualErf(params)(one(q), one(q11), one(q22), one(1)))
    const table = new Map<number, number>()
    const f = (x: number): number => {
      const known = table.get(x) ?? 1.5 * approximateErf(0.4 * x) + 0.3
      table.set(x, known)
      return known
    }
    expect(t).toBeCloseTo(overPlane(pair, f), 9)
    const derivative = (x: number): number =>
      1.5 * 0.4 * (2 / Math.sqrt(Math.PI)) * Math.exp(-((0.4 * x) ** 2))
    expect(slope).toBeCloseTo(overPlane(pair, derivative), 9)
  })
})

/** erf by its series, good to 1e-14 where |x| < 5; 1 beyond. */
function approximateErf(x: number): number {
  if (Math.abs(x) > 5) return Math.sign(x)
  let [term, total] = [x, x]
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n
    total += term / (2 * n + 1)
  }
  return (total * 2) / Math.sqrt(Math.PI)
}

test("the tests' own erf is that of the op set", () => {
  for (const x of [-3, -0.7, 0, 0.1, 1.9, 4]) expect(approximateErf(x)).toBeCloseTo(scalarErf(x), 10)
})

describe('at the edges', () => {
  const params = { a: 0, b: 1 }
  const relu = (q: number, q11: number, q22: number): [number, number] =>
    values(dualAbRelu(params)(one(q), one(q11), one(q22), one(1)))

  test('equal, opposite and zero inputs have exact values', () => {
    expect(relu(3, 3, 3)).toEqual([1.5, 0.5])
    expect(relu(-3, 3, 3)).toEqual([0, 0])
    expect(relu(0, 0, 3)[0]).toBe(0)
    expect(relu(0, 0, 0)[0]).toBe(0)
    const [t, slope] = values(dualErf({ a: 1, b: 1, c: 0 })(one(0), one(0), one(0), one(1)))
    expect(t).toBeCloseTo(0, 15)
    expect(slope).toBeCloseTo(4 / Math.PI, 15)
  })

  test('derivatives are finite there, and right', () => {
    const t = (q: Tensor): Tensor => dualAbRelu(params)(q, one(2), one(2), null)[0] as Tensor
    const slopeAt = (q: number): number => {
      const [, out] = jvp(t, [one(q)], [one(1)])
      return (out as Tensor).item()
    }
    expect(slopeAt(2)).toBe(0.5)
    expect(slopeAt(-2)).toBe(0)
    expect(slopeAt(0)).toBeCloseTo(0.25, 12)
    const h = 1e-6
    expect(slopeAt(0.7)).toBeCloseTo((t(one(0.7 + h)).item() - t(one(0.7 - h)).item()) / (2 * h), 8)
    const [, zero] = jvp(
      (q: Tensor) => dualAbRelu(params)(q, one(0), one(2), null)[0] as Tensor,
      [one(0)],
      [one(1)],
    )
    expect(Number.isFinite((zero as Tensor).item())).toBe(true)
  })
})

describe('a run of steps', () => {
  const steps: readonly DualStep[] = [
    { kind: 'affine', wVar: 1.7, bVar: 0.01 },
    { kind: 'abRelu', a: 0.1, b: 1 },
    { kind: 'affine', wVar: 1.2, bVar: 0 },
    { kind: 'erf', a: 1.2, b: 0.8, c: 0.1 },
    { kind: 'affine', wVar: 0.9, bVar: 0.2 },
  ]
  const x = sample(1, 9, 4).toNested() as number[][]
  const gram = (a: number[][], b: number[][]): number[][] =>
    a.map((u) => b.map((v) => u.reduce((s, ui, i) => s + ui * (v[i] as number), 0)))
  const nngp = tensor(gram(x, x.slice(0, 7)))
  const variances = x.map((u) => gram([u], [u])[0]?.[0] as number)
  const [v1, v2] = [tensor(variances), tensor(variances.slice(0, 7))]

  test('fused is what its decomposition gives', () => {
    const fused = dualStack({ steps, ntk: true }, nngp, v1, v2) as [Tensor, Tensor]
    const plain = dualStackComposite.decompose([nngp, v1, v2], {
      steps,
      ntk: true,
    }) as readonly Value[] as readonly Tensor[]
    fused.forEach((got, i) => {
      const want = plain[i]?.dataSync() ?? []
      got.dataSync().forEach((v: number, j: number) => expect(v).toBeCloseTo(want[j] as number, 13))
    })
  })

  test('gives equal inputs exactly their variances', () => {
    const [k] = dualStack({ steps, ntk: false }, nngp, v1, v2)
    const own = dualStackVariance(steps, v2).dataSync()
    const data = k.dataSync()
    for (let i = 0; i < 7; i++) expect(data[i * 7 + i]).toBe(own[i])
  })

  test('leaves its inputs as they are unless told otherwise', () => {
    const before = Array.from(nngp.dataSync())
    dualStack({ steps, ntk: true }, nngp, v1, v2)
    expect(Array.from(nngp.dataSync())).toEqual(before)
  })
})
