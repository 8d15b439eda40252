import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { DualStep, StackStep } from '../../src/composites/contracts.js'
import { dualStack, dualStackVariance } from '../../src/cpu/wasm/index.js'
import { differences } from './matrices.js'

interface Case {
  readonly a: number
  readonly b: number
  readonly wVar: number
  readonly bVar: number
  readonly depth: number
  readonly nngp: readonly number[]
  readonly ntk: readonly number[]
}

const { pairs, cases } = JSON.parse(
  readFileSync(new URL('./fixtures/deep.json', import.meta.url), 'utf8'),
) as { readonly pairs: readonly (readonly [number, number, number])[]; readonly cases: readonly Case[] }

function stepsOf({ a, b, wVar, bVar, depth }: Case): DualStep[] {
  const affine: DualStep = { kind: 'affine', wVar, bVar }
  return [...Array.from({ length: depth }, () => [affine, { kind: 'abRelu', a, b } as const]).flat(), affine]
}

/** The angle of a pair, or what it lacks to π. */
function sine(q: number, q11: number, q22: number): number {
  return q11 * q22 === 0 ? 1 : Math.sqrt(1 - (q * q) / (q11 * q22))
}

describe.each(cases)('$depth layers of ABRelu($a, $b) with $wVar and $bVar', (c) => {
  const steps = stepsOf(c)
  const run = (q: number, q11: number, q22: number): [number, number] => {
    const [k, ntk] = [Float64Array.of(q), new Float64Array(1)]
    dualStack(steps, k, Float64Array.of(q11), Float64Array.of(q22), ntk, 1, 1)
    return [k[0] as number, ntk[0] as number]
  }

  it('agree with high precision, to 1e-14 a layer and better', () => {
    pairs.forEach(([q, q11, q22], i) => {
      const [k, ntk] = run(q, q11, q22)
      const [wantK, wantNtk] = [c.nngp[i] as number, c.ntk[i] as number]
      const rounding = 2.5e-15 * (c.depth + 4)
      // The first layer rounds q, by which the angle of nearly equal inputs is off by 2^-53 / θ, and so every Ṫ behind it by a
      // part of that; no later layer adds to it.
      const theta = sine(q, q11, q22)
      const first = theta > 0 && theta < 1e-3 ? (c.depth * 2 ** -53) / theta : 0
      expect(Math.abs(k - wantK), `K of ${i}`).toBeLessThanOrEqual(rounding * Math.abs(wantK))
      expect(Math.abs(ntk - wantNtk), `NTK of ${i}`).toBeLessThanOrEqual(
        (rounding + first) * Math.abs(wantNtk),
      )
    })
  })

  // Behind every activation, and behind every layer.
  const stopped = [1, 0].map((odd) =>
    steps.flatMap((step, s): StackStep[] => (s % 2 === odd ? [step, { kind: 'stop' }] : [step])),
  )
  const runStopped = (
    list: readonly StackStep[],
    q: number,
    q11: number,
    q22: number,
  ): [number, number][] => {
    const count = list.filter(({ kind }) => kind === 'stop').length
    const [k, ntk] = [Float64Array.of(q), new Float64Array(1)]
    const stops = Array.from({ length: 2 * count }, () => new Float64Array(1))
    dualStack(list, k, Float64Array.of(q11), Float64Array.of(q22), ntk, 1, 1, stops)
    const pairsAt = Array.from({ length: count }, (_, i): [number, number] => [
      stops[2 * i]?.[0] as number,
      stops[2 * i + 1]?.[0] as number,
    ])
    return [...pairsAt, [k[0] as number, ntk[0] as number]]
  }

  it('agree with high precision as well where they stop at every layer', () => {
    for (const list of stopped) {
      pairs.forEach(([q, q11, q22], i) => {
        const [k, ntk] = runStopped(list, q, q11, q22).at(-1) as [number, number]
        const rounding = 4e-15 * (c.depth + 4)
        const theta = sine(q, q11, q22)
        const first = theta > 0 && theta < 1e-3 ? (c.depth * 2 ** -53) / theta : 0
        const [wantK, wantNtk] = [c.nngp[i] as number, c.ntk[i] as number]
        expect(Math.abs(k - wantK), `K of ${i}`).toBeLessThanOrEqual(rounding * Math.abs(wantK))
        expect(Math.abs(ntk - wantNtk), `NTK of ${i}`).toBeLessThanOrEqual(
          (rounding + first) * Math.abs(wantNtk),
        )
      })
    }
  })

  it('give at stops what the layers up to there give, equal inputs their variance to the bit, and either order the same bits', () => {
    stopped.forEach((list, odd) => {
      for (const [q, q11, q22] of pairs) {
        const all = runStopped(list, q, q11, q22)
        expect(all).toEqual(runStopped(list, q, q22, q11))
        all.forEach(([k, ntk], at) => {
          const upTo = steps.slice(0, 2 * at + 2 - odd)
          const [wantK, wantNtk] = runStopped(upTo, q, q11, q22)[0] as [number, number]
          const rounding = 4e-15 * (at + 4)
          expect(Math.abs(k - wantK)).toBeLessThanOrEqual(rounding * Math.abs(wantK))
          expect(Math.abs(ntk - wantNtk)).toBeLessThanOrEqual(rounding * Math.abs(wantNtk))
        })
      }
      for (const v of [0, 1e-3, 0.7, 1, 3]) {
        runStopped(list, v, v, v).forEach(([k], at) => {
          const after = Float64Array.of(v)
          const upTo = steps.slice(0, 2 * at + 2 - odd)
          // A stop parts an activation from its layer, which are rounded by themselves then.
          dualStackVariance(upTo, after, 1)
          expect(Math.abs(k - (after[0] as number))).toBeLessThanOrEqual(2 ** -52 * (at + 1) * k)
        })
      }
    })
  })

  it('give equal inputs their variance to the bit, and either order of a pair the same bits', () => {
    for (const v of [0, 1e-3, 0.7, 1, 3]) {
      const after = Float64Array.of(v)
      dualStackVariance(steps, after, 1)
      expect(run(v, v, v)[0]).toBe(after[0])
    }
    for (const [q, q11, q22] of pairs) expect(run(q, q11, q22)).toEqual(run(q, q22, q11))
  })
})

it('gives a tile the same bits in parts and without ntk', () => {
  const steps = stepsOf({ a: 0.25, b: 1, wVar: 1.5, bVar: 0.125, depth: 12, nngp: [], ntk: [] })
  const [rows, cols] = [5, 531]
  const q11 = new Float64Array(rows).map((_, i) => 0.5 + i)
  const q22 = new Float64Array(cols).map((_, j) => 0.25 + (j % 13))
  const start = new Float64Array(rows * cols).map(
    (_, at) => Math.cos(at) * Math.sqrt((q11[Math.floor(at / cols)] as number) * (q22[at % cols] as number)),
  )
  const [k, ntk, bare] = [start.slice(), new Float64Array(rows * cols), start.slice()]
  dualStack(steps, k, q11, q22, ntk, rows, cols)
  dualStack(steps, bare, q11, q22, null, rows, cols)
  expect(differences(bare, k)).toBe(0)
  for (let i = 0; i < rows; i++) {
    const [row, own] = [start.slice(i * cols, (i + 1) * cols), new Float64Array(cols)]
    dualStack(steps, row, q11.slice(i, i + 1), q22, own, 1, cols)
    expect(differences(row, k.slice(i * cols, (i + 1) * cols))).toBe(0)
    expect(differences(own, ntk.slice(i * cols, (i + 1) * cols))).toBe(0)
  }
})
