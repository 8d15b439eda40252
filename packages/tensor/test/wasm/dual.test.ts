import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { DualStep } from '../../src/composites/contracts.js'
import { dualAbRelu, dualErf, dualStack, dualStackVariance } from '../../src/cpu/wasm/index.js'
import { differences } from './matrices.js'

interface Case {
  readonly q11: number
  readonly q22: number
  readonly q: number
  readonly relu: [number, number]
  readonly erf: [number, number]
}

/** nngp ← wVar nngp + bVar, then ntk ← nngp + wVar ntk (ntk may be null), over n elements in place. */
function affineNtk(
  nngp: Float64Array,
  ntk: Float64Array | null,
  wVar: number,
  bVar: number,
  n: number,
): void {
  for (let i = 0; i < n; i++) {
    const x = wVar * (nngp[i] as number) + bVar
    nngp[i] = x
    if (ntk) ntk[i] = x + wVar * (ntk[i] as number)
  }
}

const cases = JSON.parse(readFileSync(new URL('./fixtures/dual.json', import.meta.url), 'utf8')) as Case[]
const affine = { kind: 'affine', wVar: 1.75, bVar: 0.125 } as const satisfies DualStep
const steps = {
  relu: { kind: 'abRelu', a: 0, b: 1 },
  erf: { kind: 'erf', a: 1, b: 1, c: 0 },
} as const satisfies Record<string, DualStep>

const threeLayers = <S extends DualStep>(step: S): (S | typeof affine)[] => [
  affine,
  step,
  affine,
  step,
  affine,
  step,
  affine,
]

describe.each(['relu', 'erf'] as const)('a stack of three %s layers', (name) => {
  const list = threeLayers(steps[name])

  it('agrees with high precision for near, equal, opposite, zero and ordinary pairs', () => {
    for (const { q11, q22, q, [name]: want } of cases) {
      const nngp = new Float64Array([q])
      const ntk = new Float64Array(1)
      dualStack(list, nngp, new Float64Array([q11]), new Float64Array([q22]), ntk, 1, 1)
      expect(Math.abs((nngp[0] as number) / want[0] - 1)).toBeLessThan(2e-15)
      // a last bit of q, 2^-53, moves the angle of nearly equal inputs by 2^-53 / θ, and Ṫ by a πth of that part of it:
      // three roundings in each of three layers make three of these
      const angle = Math.sqrt(2 * Math.max(0, 1 - q / Math.sqrt(q11 * q22)))
      const sensitive = angle > 0 && angle < 1e-3
      expect(Math.abs((ntk[0] as number) / want[1] - 1)).toBeLessThan(
        sensitive ? (3 * 2 ** -53) / angle : 2e-15,
      )
    }
  })

  it('keeps a pair of equal inputs equal to its variance, bit by bit', () => {
    const n = 37
    const v = new Float64Array(n).map((_, i) => (i === 0 ? 0 : 0.013 * i ** 2))
    const after = v.slice()
    dualStackVariance(list, after, n)
    const tile = new Float64Array(n * n).map((_, at) => (at % (n + 1) === 0 ? (v[at % n] as number) : 0))
    dualStack(list, tile, v, v, null, n, n)
    for (let i = 0; i < n; i++) expect(tile[i * n + i]).toBe(after[i])
  })

  it('gives a pair the same bits alone, in an odd tile, over chunk boundaries and without ntk', () => {
    const [rows, cols] = [7, 531]
    const q11 = new Float64Array(rows).map((_, i) => 0.5 + i)
    const q22 = new Float64Array(cols).map((_, j) => 0.25 + (j % 13))
    const start = new Float64Array(rows * cols).map(
      (_, at) =>
        Math.cos(at) * Math.sqrt((q11[Math.floor(at / cols)] as number) * (q22[at % cols] as number)),
    )
    const nngp = start.slice()
    const ntk = new Float64Array(rows * cols)
    dualStack(list, nngp, q11, q22, ntk, rows, cols)
    const bare = start.slice()
    dualStack(list, bare, q11, q22, null, rows, cols)
    expect(differences(bare, nngp)).toBe(0)
    for (const [i, j] of [
      [0, 0],
      [3, 255],
      [3, 256],
      [6, 530],
    ] as const) {
      const one = new Float64Array([start[i * cols + j] as number])
      const oneNtk = new Float64Array(1)
      dualStack(list, one, q11.slice(i, i + 1), q22.slice(j, j + 1), oneNtk, 1, 1)
      expect([one[0], oneNtk[0]]).toEqual([nngp[i * cols + j], ntk[i * cols + j]])
    }
  })

  it('computes float32 tiles in float64 and rounds at the end', () => {
    const q = new Float32Array([0.3, -0.2, 0.9])
    const v = new Float32Array([1, 2, 0.95])
    const wide = new Float64Array(q)
    const ntk = new Float32Array(3)
    const wideNtk = new Float64Array(3)
    dualStack(list, wide, new Float64Array([1]), new Float64Array(v), wideNtk, 1, 3)
    dualStack(list, q, new Float32Array([1]), v, ntk, 1, 3)
    expect(q).toEqual(new Float32Array(wide))
    expect(ntk).toEqual(new Float32Array(wideNtk))
  })

  it('is the same fused as step by step but for roundings', () => {
    const q11 = new Float64Array([1, 2])
    const q22 = new Float64Array([0.5, 1.5, 3])
    const start = new Float64Array([0.1, -0.9, 1.2, 0.2, 1.1, 0])
    const nngp = start.slice()
    const ntk = new Float64Array(6)
    dualStack(list, nngp, q11, q22, ntk, 2, 3)
    const each = start.slice()
    const eachNtk = new Float64Array(6)
    const [v1, v2] = [q11.slice(), q22.slice()]
    for (const step of list) {
      if (step.kind === 'affine') affineNtk(each, eachNtk, step.wVar, step.bVar, 6)
      else if (step.kind === 'abRelu') dualAbRelu(step.a, step.b, each, v1, v2, eachNtk, 2, 3)
      else if (step.kind === 'erf') dualErf(step, each, v1, v2, eachNtk, 2, 3)
      dualStackVariance([step], v1, 2)
      dualStackVariance([step], v2, 3)
    }
    // fused, the weight variance is multiplied into the constants of the activation
    for (let i = 0; i < 6; i++) {
      expect(Math.abs((each[i] as number) - (nngp[i] as number))).toBeLessThan(1e-14)
      expect(Math.abs((eachNtk[i] as number) - (ntk[i] as number))).toBeLessThan(1e-14)
    }
  })
})

describe('single steps', () => {
  it('maps ABRelu(a, b) by its closed form, Abs and the identity among them', () => {
    for (const [a, b] of [
      [0, 1],
      [0.2, 1],
      [-1, 1],
      [1, 1],
    ] as const) {
      const [q, q11, q22] = [-0.4, 1.3, 0.6]
      const root = Math.sqrt(q11 * q22 - q * q)
      const slope = (a * a + b * b) / 2 - ((a - b) ** 2 * Math.atan2(root, q)) / (2 * Math.PI)
      const nngp = new Float64Array([q])
      const ntk = new Float64Array([2])
      dualAbRelu(a, b, nngp, new Float64Array([q11]), new Float64Array([q22]), ntk, 1, 1)
      expect(nngp[0]).toBeCloseTo(((a - b) ** 2 * root) / (2 * Math.PI) + slope * q, 15)
      expect(ntk[0]).toBeCloseTo(2 * slope, 14)
    }
  })

  it('maps a erf(b x) + c by its closed form and scales Θ by b squared', () => {
    const [a, b, c] = [1.5, 0.5, 0.3]
    const [q, q11, q22] = [0.4, 1.3, 0.6]
    const s = b * b
    const D = (1 + 2 * s * q11) * (1 + 2 * s * q22)
    const root = Math.sqrt(D - 4 * s * s * q * q)
    const nngp = new Float64Array([q])
    const ntk = new Float64Array([2])
    dualErf({ a, b, c }, nngp, new Float64Array([q11]), new Float64Array([q22]), ntk, 1, 1)
    expect(nngp[0]).toBeCloseTo(((a * a * 2) / Math.PI) * Math.atan2(2 * s * q, root) + c * c, 14)
    expect(ntk[0]).toBeCloseTo((2 * s * a * a * 4) / Math.PI / root, 14)
  })

  it('counts a zero input as uncorrelated: ReLU halves twice, nothing becomes NaN', () => {
    const nngp = new Float64Array([0, 0])
    const ntk = new Float64Array([1, 1])
    dualAbRelu(0, 1, nngp, new Float64Array([0]), new Float64Array([0, 2]), ntk, 1, 2)
    expect([...nngp]).toEqual([0, 0])
    expect(ntk[0]).toBeCloseTo(0.25, 15)
    expect(ntk[1]).toBeCloseTo(0.25, 15)
  })

  it('keeps the small gap of nearly equal inputs: T falls from its maximum by the right amount', () => {
    // 1 - rho = 2^-40: T(1) - T(rho) = (1 - rho)/2 + O((1 - rho)^1.5), Ṫ(1) - Ṫ(rho) = acos(rho) / 2π
    const d = 2 ** -40
    const nngp = new Float64Array([1 - d])
    const ntk = new Float64Array([1])
    dualAbRelu(0, 1, nngp, new Float64Array([1]), new Float64Array([1]), ntk, 1, 1)
    const theta = Math.sqrt(2 * d) * (1 + d / 12)
    expect(0.5 - (ntk[0] as number)).toBeCloseTo(theta / (2 * Math.PI), 16)
    expect((nngp[0] as number) - 0.5).toBeCloseTo(-d / 2, 16)
  })
})
