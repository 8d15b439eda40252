import { readFileSync } from 'node:fs'
import { choleskySolve, concatenate, eigh, matmul, slice, type Tensor, tensor } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { type KernelNet, kernelFn, kernelOf } from '../src/index.js'
import { close, dense, netOf } from './helpers.js'

interface Spectrum {
  readonly depth: number
  readonly lambdaMax: number
  readonly lambdaSecond: number
  readonly lambdaMin: number
  readonly kappa: number
  readonly meanPredictor: readonly (readonly number[])[]
}

interface Phase {
  readonly name: string
  readonly activation: 'erf' | 'relu'
  readonly wVar: number
  readonly bVar: number
  readonly byDepth: readonly Spectrum[]
}

const reference = JSON.parse(readFileSync(new URL('./reference/depth.json', import.meta.url), 'utf8')) as {
  readonly xTrain: readonly (readonly number[])[]
  readonly xTest: readonly (readonly number[])[]
  readonly y: readonly (readonly number[])[]
  readonly spectra: readonly Phase[]
}
const xTrain = tensor(reference.xTrain as number[][])
const both = concatenate([xTrain, tensor(reference.xTest as number[][])], 0)
const n = reference.xTrain.length

function netAt({ activation, wVar, bVar }: Phase, depth: number): KernelNet {
  const layer = dense(Math.sqrt(wVar), bVar === 0 ? null : Math.sqrt(bVar))
  const hidden = Array.from({ length: depth }, () => [layer, [activation === 'erf' ? 'Erf' : 'Relu']]).flat()
  return netOf(['serial', ...hidden, layer])
}

/** Error of an eigenvalue over the largest: float64 holds no entry of the matrix better than 1e-16 of that. */
const perLayer = 1e-14

const cases = reference.spectra.flatMap((phase) =>
  phase.byDepth.map((spectrum) => ({ name: phase.name, depth: spectrum.depth, phase, spectrum })),
)

describe.each(cases)('$name at depth $depth', ({ phase, spectrum, depth }) => {
  const net = netAt(phase, depth)
  const ways: Readonly<Record<string, () => Promise<Tensor>>> = {
    'in tiles': async () => kernelFn(net)(both, null, { get: 'ntk' }),
    'in plain ops': async () => kernelOf(net, both).ntk as Tensor,
  }

  test.each(Object.keys(ways))('has the NTK spectrum and mean predictor of 50 digits, %s', async (way) => {
    const kernel = await (ways[way] as () => Promise<Tensor>)()
    const k = slice(kernel, [0, n], [0, n])
    const values = [...(eigh(k).values as Tensor).dataSync()].sort((a, b) => b - a)
    const { lambdaMax, lambdaSecond, lambdaMin, kappa, meanPredictor } = spectrum
    const want = [lambdaMax, lambdaSecond, lambdaMin]
    const got = [values[0], values[1], values.at(-1)] as number[]
    const bound = perLayer * depth
    want.forEach((value, i) => {
      expect(Math.abs((got[i] as number) - value)).toBeLessThan(bound * lambdaMax)
    })
    // An error of the kernel moves the predictor by up to that times kappa: beyond 1/bound nothing of it can be right.
    if (bound * kappa > 0.1) return
    const predicted = matmul(
      slice(kernel, [n, n + 3], [0, n]),
      choleskySolve(k, tensor(reference.y as number[][])),
    )
    const numbers = predicted.dataSync()
    meanPredictor.flat().forEach((value, i) => {
      expect(Math.abs((numbers[i] as number) - value)).toBeLessThan(bound * kappa)
    })
  })
})

describe('inputs of all kinds at depth 60', () => {
  // Unequal lengths, a multiple, an opposite, a zero, nearly equal and nearly opposite ones.
  const x = tensor([
    [1, -0.5, 0.25],
    [2, -1, 0.5],
    [-1, 0.5, -0.25],
    [0, 0, 0],
    [1, -0.5, 0.25 + 2 ** -12],
    [-1, 0.5, -0.25 + 2 ** -12],
    [0.3, 1.7, -2],
  ])
  const activations = [['Relu'], ['LeakyRelu', { alpha: 0.25 }], ['Abs'], ['ABRelu', { a: 0.5, b: -1 }]]
  const weights = [
    [0.7, 0.3],
    [1, 0.3],
    [1.3, null],
  ] as const
  const networks = activations.flatMap((activation) => weights.map(([w, b]) => ({ activation, w, b })))

  test.each(networks)(
    '$activation with $w and $b: the engine and plain ops agree',
    async ({ activation, w, b }) => {
      const layer = dense(w, b)
      const net = netOf(['serial', ...Array.from({ length: 60 }, () => [layer, activation]).flat(), layer])
      const { nngp, ntk } = await kernelFn(net)(x)
      const plain = kernelOf(net, x)
      close(nngp, (plain.nngp as Tensor).toNested(), 1e-12)
      // The data tell the angle of the nearly equal ones, 2e-4, to 1e-12 of it, and 60 layers have a part of that.
      close(ntk, (plain.ntk as Tensor).toNested(), 3e-11)
    },
  )
})
