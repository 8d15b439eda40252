import { key, type Nested, normal, type Tensor, tensor } from '@ntk/tensor'
import { expect } from 'vitest'
import {
  abReluKernel,
  affineKernel,
  composeRequirements,
  erfKernel,
  flattenKernel,
  type Kernel,
  type KernelNet,
  type KernelStep,
} from '../src/index.js'

type Spec = readonly unknown[]
type Options = Readonly<Record<string, number | string | readonly number[] | null>>

/** Relative and absolute errors that tests accept, by dtype and what is compared. */
export const tolerance = { float64: 1e-10, float32: 2e-5 } as const

export function close(got: Tensor, want: Nested, tol: number = tolerance.float64): void {
  const expected = tensor(want)
  expect(got.shape).toEqual(expected.shape)
  const [a, b] = [got.dataSync(), expected.dataSync()]
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number]
    if (!(Math.abs(x - y) <= tol * Math.abs(y))) {
      expect.fail(`element ${i}: ${x} is not ${y} to ${tol}`)
    }
  }
}

/** A network of kernel maps alone, from the fully connected part of the spec language. */
export function netOf(spec: Spec): KernelNet {
  const [name, second, ...rest] = spec as [string, Options | Spec | undefined, ...Spec[]]
  const o = (Array.isArray(second) ? {} : (second ?? {})) as Options
  const num = (key: string, otherwise: number): number => (o[key] ?? otherwise) as number
  const requirements = { spatial: 'same' } as const
  const layer = (kernel: (k: Kernel) => Kernel, steps: readonly KernelStep[] | null): KernelNet => ({
    kernel,
    steps,
    requirements,
  })
  const ab = (a: number, b: number): KernelNet =>
    layer((k) => abReluKernel(k, { a, b }, name), [{ kind: 'abRelu', a, b }])
  switch (name) {
    case 'serial': {
      const nets = [...(Array.isArray(second) ? [second] : []), ...rest].map(netOf)
      const steps = nets.map((n) => n.steps ?? null)
      return {
        kernel: (k) => nets.reduce((x, n) => n.kernel(x), k),
        steps: steps.every((s) => s !== null) ? steps.flat() : null,
        requirements: composeRequirements(nets.map((n) => n.requirements)),
      }
    }
    case 'Dense': {
      const [s0, s1] = (o.s ?? [1, 1]) as [number, number]
      const parameterization = (o.parameterization ?? 'ntk') as 'ntk' | 'standard'
      const bStd = (o.bStd ?? null) as number | null
      const wStd = num('wStd', 1)
      return layer(
        (k) => affineKernel(k, { out: num('out', 1) * s1, wStd, bStd, parameterization, inScale: s0 }),
        parameterization === 'ntk' ? [{ kind: 'affine', wVar: wStd ** 2, bVar: (bStd ?? 0) ** 2 }] : null,
      )
    }
    case 'Flatten':
      return { kernel: flattenKernel, steps: [{ kind: 'flatten' }], requirements: { spatial: 'diagonal' } }
    case 'Relu':
      return ab(0, 1)
    case 'Abs':
      return ab(-1, 1)
    case 'LeakyRelu':
      return ab(num('alpha', 0), 1)
    case 'ABRelu':
      return ab(num('a', 0), num('b', 1))
    case 'Erf': {
      const params = { a: num('a', 1), b: num('b', 1), c: num('c', 0) }
      return layer((k) => erfKernel(k, params), [{ kind: 'erf', ...params }])
    }
    default:
      throw new Error(`the tests' spec language has no ${name}`)
  }
}

export const dense = (wStd: number, bStd: number | null = null): Spec => ['Dense', { out: 1, wStd, bStd }]

/** `depth` times dense and activation, then a dense layer. */
export function deep(activation: Spec, depth: number, wStd = 1.4, bStd: number | null = 0.1): KernelNet {
  const body = Array.from({ length: depth }, () => [dense(wStd, bStd), activation]).flat()
  return netOf(['serial', ...body, dense(1)])
}

export const sample = (seed: number, ...shape: number[]): Tensor => normal(key(seed), shape)
