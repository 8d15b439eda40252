import { type DualStep, key, normal, slice, type Tensor, tensor, transpose } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { fitProfile, profileOf } from '../src/evaluate/profile-fit.js'
import { dualStack, dualStackVariance, plainStack } from '../src/evaluate/stack.js'
import { kernelFn } from '../src/index.js'
import { dense, netOf } from './helpers.js'

type Hidden = Extract<DualStep, { readonly kind: 'abRelu' | 'erf' }>

function stack(hidden: Hidden, wVar: number, bVar: number, depth: number): DualStep[] {
  const affine: DualStep = { kind: 'affine', wVar, bVar }
  return [...Array.from({ length: depth }, () => [affine, hidden]).flat(), affine]
}

const slopes = (a: number, b: number): Hidden => ({ kind: 'abRelu', a, b })
const erf: Hidden = { kind: 'erf', a: 1, b: 1, c: 0 }

/** Lengths 1, 2, 0.5 and 0, or all 1, at correlations of every kind: equal, opposite, nearly so, orthogonal. */
function pairsOf(lengths: readonly number[]): { readonly q: Tensor; readonly v: Tensor } {
  const correlations = [1, -1, 1 - 2 ** -20, 2 ** -20 - 1, 0, 0.3, -0.8, 0.999, -0.999, 0.5, -0.1, 0.97]
  const angles = correlations.map((c) => Math.acos(c))
  const points = lengths.flatMap((length) => angles.map((angle) => [angle, length] as const))
  const q = points.map(([angle, length]) =>
    points.map(([other, second]) => length * second * (angle === other ? 1 : Math.cos(angle - other))),
  )
  return { q: tensor(q), v: tensor(points.map(([, length]) => length * length)) }
}

const numbers = (x: unknown): Float64Array => (x as Tensor).dataSync() as Float64Array

/** Largest difference over the diagonal's size, √(K_ii K_jj) of the same array. */
function distance(got: Tensor, want: Tensor): number {
  const [n] = want.shape as [number]
  const [a, b] = [numbers(got), numbers(want)]
  const root = Float64Array.from({ length: n }, (_, i) => Math.sqrt(b[i * n + i] as number))
  return b.reduce((most, value, at) => {
    const size = (root[Math.floor(at / n)] as number) * (root[at % n] as number)
    const off = Math.abs((a[at] as number) - value)
    return Math.max(most, off === 0 ? 0 : off / size)
  }, 0)
}

const followed: readonly { readonly name: string; readonly steps: DualStep[]; readonly lengths: number[] }[] =
  [
    { name: '20 ReLU', steps: stack(slopes(0, 1), 1.9, 0, 20), lengths: [1, 2, 0.5, 0] },
    { name: '8 leaky ReLU', steps: stack(slopes(0.25, 1), 1.5, 0, 8), lengths: [1, 3] },
    { name: '20 absolute values', steps: stack(slopes(-1, 1), 0.9, 0, 20), lengths: [1, 2] },
    { name: '60 ReLU', steps: stack(slopes(0, 1), 2, 0, 60), lengths: [1, 0.25] },
    { name: '30 ordered ReLU with a bias', steps: stack(slopes(0, 1), 1.4, 0.1, 30), lengths: [1] },
    { name: '20 ordered erf', steps: stack(erf, 0.8, 0.1, 20), lengths: [1] },
  ]

describe.each(followed)('$name', ({ steps, lengths }) => {
  const { q, v } = pairsOf(lengths)
  const profile = fitProfile(steps, 1)
  const alone: DualStep[] = profile === null ? [] : [{ kind: 'profile', ...profile }]

  test('are one profile, to the accuracy that is stated', () => {
    expect(profile).not.toBeNull()
    const [k, ntk] = dualStack({ steps: alone, ntk: true }, q, v, v)
    const [wantK, wantNtk] = dualStack({ steps, ntk: true }, q, v, v)
    // Pairs 2^-20 apart are as far off as their correlation is rounded: 1e-16 over an angle of 1e-3.
    expect(distance(k, wantK)).toBeLessThan(1e-14)
    expect(distance(ntk as Tensor, wantNtk as Tensor)).toBeLessThan(5e-13)
  })

  test('in plain ops the profile is the same', () => {
    const [k, ntk] = dualStack({ steps: alone, ntk: true }, q, v, v)
    const n = v.shape[0] as number
    const [q11, q22] = [tensor([...numbers(v)].map((x) => [x])), tensor([[...numbers(v)]])]
    const [plainK, plainNtk] = plainStack(alone, { q, q11, q22 }, q)
    expect(n).toBe(k.shape[0])
    expect(distance(plainK as Tensor, k)).toBeLessThan(1e-14)
    expect(distance(plainNtk as Tensor, ntk as Tensor)).toBeLessThan(5e-13)
  })

  test('equal inputs have their variance to the bit, and the result is symmetric to the bit', () => {
    const [k, ntk] = dualStack({ steps: alone, ntk: true }, q, v, v)
    const after = numbers(dualStackVariance(alone, v))
    const n = after.length
    for (let i = 0; i < n; i++) expect(numbers(k)[i * n + i]).toBe(after[i])
    for (const x of [k, ntk as Tensor]) expect([...numbers(transpose(x))]).toEqual([...numbers(x)])
  })
})

describe('profileOf', () => {
  const ones = new Float64Array(10).fill(1)
  const many = 2 ** 30

  test('follows networks without bias at any lengths, and others where all lengths are one', () => {
    const lengths = Float64Array.of(1, 2, 0)
    expect(profileOf(stack(slopes(0, 1), 2, 0, 10), many, lengths)?.kind).toBe('profile')
    expect(profileOf(stack(slopes(0, 1), 2, 0.1, 10), many, lengths)).toBeNull()
    expect(profileOf(stack(erf, 0.8, 0, 10), many, ones, lengths)).toBeNull()
    expect(profileOf(stack(erf, 0.8, 0.1, 10), many, ones, ones)?.kind).toBe('profile')
  })

  test('leaves alone what a table cannot follow, and what is done sooner', () => {
    expect(fitProfile(stack(erf, 4, 0.1, 40), 1)).toBeNull()
    expect(profileOf(stack(erf, 0.8, 0.1, 10), 1e5, ones)).toBeNull()
    expect(profileOf(stack(slopes(0, 1), 2, 0, 2), many, ones)).toBeNull()
  })
})

test('kernelFn takes it by itself: the numbers of the layers one by one, whatever the tile', async () => {
  const depth = 40
  const x = normal(key(3), [1400, 20])
  const net = netOf([
    'serial',
    ...Array.from({ length: depth }, () => [dense(1.3), ['Relu']]).flat(),
    dense(1.3),
  ])
  // Few rows go layer by layer.
  const { nngp, ntk, cov1 } = await kernelFn(net)(x, null, { get: ['nngp', 'ntk', 'cov1'] })
  const tiled = await kernelFn(net)(x, null, { tile: 300, get: 'ntk' })
  const plain = await kernelFn(net)(slice(x, [0, 30]))
  const corner = (m: Tensor): Tensor => slice(m, [0, 30], [0, 30])
  expect(distance(corner(nngp), plain.nngp)).toBeLessThan(2e-14)
  expect(distance(corner(ntk), plain.ntk)).toBeLessThan(2e-14)
  expect([...numbers(corner(ntk))]).not.toEqual([...numbers(plain.ntk)])
  expect(numbers(nngp)[0]).toBe(numbers(cov1)[0])
  expect(distance(corner(tiled), corner(ntk))).toBeLessThan(2e-14)
})
