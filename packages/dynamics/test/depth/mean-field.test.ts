import { readFileSync } from 'node:fs'
import { mean, slice } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { critical, criticalLine, depthLaws, meanField, pairsByDepth } from '../../src/index.js'

interface Field {
  readonly activation: string
  readonly wVar: number
  readonly bVar: number
  readonly qStar: number
  readonly chi1: number
  readonly cStar: number
  readonly chiC: number
  readonly xi1: number
  readonly xiC: number
  readonly phase: string
}

interface Reference {
  readonly meanField: readonly Field[]
  readonly criticalLine: readonly { activation: string; bVar: number; wVar: number; qStar: number }[]
  readonly xTrain: readonly (readonly number[])[]
  readonly spectra: readonly {
    readonly name: string
    readonly activation: string
    readonly wVar: number
    readonly bVar: number
    readonly byDepth: readonly { depth: number; diagonalMean: number; offDiagonalMean: number }[]
  }[]
}

const file = new URL('../reference/depth.json', import.meta.url)
const reference = JSON.parse(readFileSync(file, 'utf8')) as Reference
const layers: Readonly<Record<string, string>> = { erf: 'Erf', tanh: 'Tanh', relu: 'Relu' }
const layerOf = (activation: string): string => layers[activation] as string

const relative = (got: number, want: number): number => Math.abs(got / want - 1)

describe.each(reference.meanField)('mean field of $activation, $wVar, $bVar', (want) => {
  const field = meanField(layerOf(want.activation), {
    wStd: Math.sqrt(want.wVar),
    bStd: Math.sqrt(want.bVar),
  })

  test('has the fixed points, χ and phase of the reference', () => {
    expect(field.phase).toBe(want.phase)
    for (const name of ['qStar', 'chi1', 'cStar', 'chiC'] as const)
      expect(relative(field[name], want[name])).toBeLessThan(1e-12)
    // A depth scale is 1/(1 − χ), about, and has lost as many digits of χ.
    expect(relative(field.xi1, want.xi1)).toBeLessThan(1e-13 * (1 + Math.abs(want.xi1)))
    expect(relative(field.xiC, want.xiC)).toBeLessThan(1e-13 * (1 + Math.abs(want.xiC)))
  })
})

test.each(reference.criticalLine)(
  'critical point of $activation with $bVar',
  ({ activation, bVar, wVar, qStar }) => {
    const point = critical(layerOf(activation), { bStd: Math.sqrt(bVar) })
    expect(relative(point.wStd ** 2, wVar)).toBeLessThan(1e-12)
    expect(relative(point.qStar, qStar)).toBeLessThan(1e-12)
    const { wStd, bStd } = point
    expect(meanField(layerOf(activation), { wStd, bStd }).phase).toBe('critical')
  },
)

describe.each(reference.spectra)('$name', ({ activation, wVar, bVar, byDepth }) => {
  const stds = { wStd: Math.sqrt(wVar), bStd: bVar === 0 ? null : Math.sqrt(bVar) }
  const { xTrain } = reference
  const n = xTrain.length
  const c0 = xTrain.flatMap((a, i) =>
    xTrain.slice(0, i).map((b) => a.reduce((sum, v, k) => sum + v * (b[k] as number), 0) / a.length),
  )
  const { ntk, ntkPair } = pairsByDepth(layerOf(activation), { ...stds, depth: 160, c0 })

  test.each(byDepth)('NTK at depth $depth', ({ depth, diagonalMean, offDiagonalMean }) => {
    const off = slice(ntkPair, depth)
    expect(off.shape).toEqual([(n * (n - 1)) / 2])
    expect(relative(slice(ntk, depth).item(), diagonalMean)).toBeLessThan(1e-12)
    expect(relative(mean(off).item(), offDiagonalMean)).toBeLessThan(1e-12)
  })
})

test('the critical line by its variances is that by its biases', () => {
  const [point] = criticalLine('Erf', { q: [0.5] })
  const { wStd, bStd = Number.NaN } = point ?? {}
  expect(critical('Erf', { bStd })).toEqual({
    wStd: expect.closeTo(wStd as number, 12),
    bStd,
    qStar: expect.closeTo(0.5, 12),
  })
})

test.each([1e-6, 1e-4, 1e-2])(
  'a network that is chaotic by %d has its correlation point, as near to 1',
  (over) => {
    const { wStd } = critical('Erf', { bStd: 0.4 })
    const field = meanField('Erf', { wStd: wStd * (1 + over), bStd: 0.4 })
    expect(field.phase).toBe('chaotic')
    // Near the line C is a parabola: χ is as far below 1 at c* as it is above at 1.
    expect(Math.abs((1 - field.chiC) / (field.chi1 - 1) - 1)).toBeLessThan(5 * over + 1e-3)
  },
)

test('He initialization is critical for ReLU, whatever the variance; tanh without biases at 1', () => {
  expect(critical('Relu')).toEqual({ wStd: expect.closeTo(Math.SQRT2, 14), bStd: 0, qStar: Number.NaN })
  expect(meanField('Relu', { wStd: Math.SQRT2, q: 7 })).toMatchObject({
    phase: 'critical',
    qStar: expect.closeTo(7, 12),
    cStar: 1,
  })
  expect(critical('Tanh')).toMatchObject({ wStd: expect.closeTo(1, 13), qStar: 0 })
  expect(meanField('Relu', { wStd: 1 })).toMatchObject({
    phase: 'ordered',
    qStar: 0,
    chi1: expect.closeTo(0.5, 14),
  })
  expect(meanField('Tanh', { wStd: 0.9 })).toMatchObject({
    phase: 'ordered',
    qStar: 0,
    chi1: expect.closeTo(0.81, 14),
  })
})

test('odd functions without biases forget correlations in chaos', () => {
  expect(meanField('Erf', { wStd: 3 })).toMatchObject({ phase: 'chaotic', cStar: 0 })
})

test('what has no fixed point, no kernel or jumps is refused by name', () => {
  expect(() => meanField('Relu', { wStd: 1.5 })).toThrow(/grows without bound.*smaller wStd/)
  expect(meanField('Tanh', { wStd: 1 })).toMatchObject({ phase: 'critical', qStar: expect.closeTo(0, 10) })
  expect(() => depthLaws('Tanh', { wStd: 1, samples: 3 })).toThrow(/vanish/)
  expect(() => critical('Relu', { bStd: 0.1 })).toThrow(/no critical point with biases/)
  expect(() => meanField('Sign')).toThrow(/jumps/)
  expect(() => meanField('relu')).toThrow(/Relu/)
  expect(() => meanField('LeakyRelu')).toThrow(/LeakyRelu\(\{/)
  expect(() => meanField({ kernel: null } as never)).toThrow(/one activation/)
  expect(() => meanField({ kernel: [] })).toThrow(/a network of 0 layers/)
  expect(() => meanField('Erf', { wStd: Number.NaN })).toThrow(/wStd/)
  expect(() => pairsByDepth('Erf', { depth: 3, c0: 2 })).toThrow(/from -1 to 1/)
  expect(() => pairsByDepth('Relu', { wStd: 1e10, depth: 40, c0: 0 })).toThrow(/leaves the range/)
})
