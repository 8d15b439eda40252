import { pairsByDepth } from '@ntk/dynamics'
import { tensor } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { kernelsByDepth } from '../src/papers/depth/kernels.js'
import { limitOf, powerOf, rateOf } from '../src/papers/depth/laws.js'
import { spectrumOf } from '../src/papers/depth/spectra.js'
import { xiaoSkip } from '../src/papers/xiao-skip.js'

describe('laws of depth', () => {
  const at = (f: (l: number) => number, step: number): [number, number, number, number] => [
    f(step),
    f(2 * step),
    f(4 * step),
    f(8 * step),
  ]

  it('are read off exactly where they have the form that is taken', () => {
    expect(
      rateOf(
        at((l) => 3 * Math.log(l) - 0.2 * l + 5, 7),
        7,
      ).value,
    ).toBeCloseTo(-0.2, 10)
    expect(limitOf(at((l) => 7 + 3 / l - (2 * Math.log(l)) / l, 16)).value).toBeCloseTo(7, 10)
    const { value, before } = powerOf(at((l) => Math.log(4 / l + 3 / l ** 2), 64))
    expect(value).toBeCloseTo(-1, 3)
    expect(Math.abs(value + 1)).toBeLessThan(Math.abs(value - before))
  })
})

describe('kernels that grow with every layer', () => {
  const planned = (said: object) => xiaoSkip.plan({ ...xiaoSkip.presets.standard, ...said }, 'test', 'test')

  it('are refused where float64 cannot hold them, with the depth that it can', () => {
    // By 2 with a layer: 2^1024 is the first power that overflows.
    expect(() => planned({ depth: 1024 })).toThrow(/behind 992 layers.*--set depth=992/s)
    expect(planned({ depth: 992 }).out).toBe('runs')
    expect(planned({ depth: 4096, wVars: [0.1] }).out).toBe('runs')
  })
})

describe('spectra over depth', () => {
  // Of two samples in one dimension each by hand: eigenvalues 1 ± c.
  it('have the eigenvalues and the mean predictor of the kernel', () => {
    const kernel = Float64Array.of(1, 0.5, 0.3, 0.5, 1, 0.2, 0.3, 0.2, 1)
    const labels = tensor([[1], [-1]])
    const found = spectrumOf(kernel, 3, { m: 2, test: 2, labels, depth: 1 })
    expect(found.largest).toBeCloseTo(1.5, 12)
    expect(found.smallest).toBeCloseTo(0.5, 12)
    // Θ⁻¹ Y = Y / 0.5
    expect(found.predictor).toBeCloseTo(0.2, 12)
  })

  const { signal } = new AbortController()
  const network = { activation: 'Erf', wVar: 1.7, bVar: 0.1 } as const

  it('of images that are alike at every position are those of fully connected networks', async () => {
    const pixels = [
      [1, 2, -1],
      [0.5, -1, 1],
      [2, 0, 1],
    ]
    const images = tensor(pixels.map((pixel) => [0, 1, 2].map(() => [0, 1, 2].map(() => pixel))))
    const fcn = await kernelsByDepth('FCN', images, network, [1, 4], signal)
    const cnn = await kernelsByDepth('CNN', images, network, [1, 4], signal)
    for (const depth of [1, 4])
      for (const kind of ['CNN-F', 'CNN-P'] as const)
        expect([...(cnn.get(depth)?.[kind] ?? [])]).toEqual(
          [...(fcn.get(depth)?.FCN ?? [])].map((value) => expect.closeTo(value, 10)),
        )
  })

  it('are those of the recursion over depth of a pair of inputs', async () => {
    // Two inputs of norm √2 with the correlation 0.6.
    const images = tensor([[[[Math.SQRT2, 0]]], [[[0.6 * Math.SQRT2, 0.8 * Math.SQRT2]]]])
    const kernels = await kernelsByDepth('FCN', images, network, [1, 10, 60], signal)
    const pairs = pairsByDepth('Erf', { wStd: Math.sqrt(1.7), bStd: Math.sqrt(0.1), depth: 60, c0: 0.6 })
    for (const depth of [1, 10, 60]) {
      const [same, across] = kernels.get(depth)?.FCN ?? []
      expect(same).toBeCloseTo(pairs.ntk.dataSync()[depth] as number, 9)
      expect(across).toBeCloseTo(pairs.ntkPair.dataSync()[depth] as number, 9)
    }
  })
})
