import { key, type Nested, normal, type Tensor, tensor } from '@ntk/tensor'
import { type Rules, readOptions } from '@ntk/tensor/options'
import { expect } from 'vitest'
import { activations, type KernelNet, type KernelStep } from '../src/index.js'

type Spec = readonly unknown[]
type Options = Readonly<Record<string, number | string | boolean | readonly number[] | null>>

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

/** The steps of a network, from the fully connected part of the spec language. */
export function netOf(spec: Spec): KernelNet {
  const [name, second, ...rest] = spec as [string, Options | Spec | undefined, ...Spec[]]
  const given = (Array.isArray(second) ? {} : (second ?? {})) as Options
  const children = [...(Array.isArray(second) ? [second] : []), ...rest]
  if (name === 'serial') return { kernel: children.flatMap((child) => netOf(child).kernel) }
  if (name === 'Flatten') return { kernel: [{ kind: 'flatten' }] }
  if (name === 'Dense') return { kernel: [denseStep(given)] }
  const record = Object.values(activations).find((a) => a.name === name)
  if (record === undefined) throw new Error(`the tests' spec language has no ${name}`)
  return {
    kernel: [{ kind: 'activation', name, options: readOptions(name, record.options as Rules, given) }],
  }
}

function denseStep(o: Options): KernelStep {
  const [s0, s1] = (o.s ?? [1, 1]) as [number, number]
  return {
    kind: 'affine',
    layer: 'Dense',
    out: ((o.out ?? 1) as number) * s1,
    wStd: (o.wStd ?? 1) as number,
    bStd: (o.bStd ?? null) as number | null,
    parameterization: (o.parameterization ?? 'ntk') as 'ntk' | 'standard',
    inScale: s0,
  }
}

const pass: KernelStep = { kind: 'map', name: 'pass', map: (kernel) => kernel }

/** The same network without the fused paths: nothing is known of a user's own step. */
export const general = (net: KernelNet): KernelNet => ({
  kernel: net.kernel.flatMap((step): KernelStep[] => (step.kind === 'fanOut' ? [step] : [step, pass])),
})

export const dense = (wStd: number, bStd: number | null = null): Spec => ['Dense', { out: 1, wStd, bStd }]

/** `depth` times dense and activation, then a dense layer. */
export function deep(activation: Spec, depth: number, wStd = 1.4, bStd: number | null = 0.1): KernelNet {
  const body = Array.from({ length: depth }, () => [dense(wStd, bStd), activation]).flat()
  return netOf(['serial', ...body, dense(1)])
}

export const sample = (seed: number, ...shape: number[]): Tensor => normal(key(seed), shape)
