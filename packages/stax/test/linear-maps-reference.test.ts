/** Kernels of combinators, trees of inputs, graphs and linear maps of positions, held against neural-tangents by every way to a kernel. */
import { readFileSync } from 'node:fs'
import { type KernelStep, kernelFn, kernelOf } from '@ntk/kernels-analytic'
import { cast, type Nested, type Tensor, tensor } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { fromSpec, type Layer, type Spec } from '../src/index.js'
import { close } from './helpers.js'

interface Case {
  readonly name: string
  readonly spec: Spec
  readonly x1: Nested
  readonly x2: Nested | null
  readonly nngp: Nested
  readonly ntk: Nested
  readonly cov1?: Nested
  readonly cov2?: Nested
}

const casesOf = (file: string): readonly Case[] =>
  JSON.parse(readFileSync(new URL(`./reference/${file}.json`, import.meta.url), 'utf8')) as readonly Case[]

/** The reference rounds the diagonal of its NTK to 1e-8 behind ReLU, where x2 is null. */
const isRounded = (c: Case): boolean => c.x2 === null && JSON.stringify(c.spec).includes('Relu')

/** The reference holds equal positions only where a network ends in space behind ConvLocal; here others are there too, zeros. */
const isLocal = (c: Case): boolean => c.name.startsWith('ConvLocal') && c.name.endsWith('in space')

const hasKernel = (steps: readonly KernelStep[]): boolean =>
  steps.every((step) =>
    step.kind === 'parallel' ? step.branches.every(hasKernel) : step.kind !== 'finiteOnly',
  )
const ready = (c: Case): boolean => {
  try {
    return !isLocal(c) && hasKernel(fromSpec(c.spec).kernel) && Array.isArray(c.x1)
  } catch {
    return false
  }
}

describe.each(['combinators', 'trees', 'linear-maps'])('%s', (file) => {
  describe.each(casesOf(file).filter(ready))('$name ($#)', (c) => {
    const net = fromSpec(c.spec) as Layer
    const exact = isRounded(c) ? 1e-8 : 1e-10
    const x1 = tensor(c.x1)
    const x2 = c.x2 === null ? null : tensor(c.x2)

    test('by kernelFn, whole and in tiles of 2', async () => {
      for (const tile of [undefined, 2]) {
        const get = ['nngp', 'ntk', 'cov1', 'cov2'] as const
        const { nngp, ntk, cov1, cov2 } = await kernelFn(net)(x1, x2, { get, tile })
        close(nngp, c.nngp, 1e-10)
        close(ntk, c.ntk, exact)
        if (c.cov1 !== undefined) close(cov1, c.cov1, 1e-10)
        if (c.cov2 !== undefined) close(cov2, c.cov2, 1e-10)
      }
    })

    test('by kernelOf', () => {
      const { nngp, ntk } = kernelOf(net, x1, x2)
      close(nngp as Tensor, c.nngp, 1e-10)
      close(ntk as Tensor, c.ntk, exact)
    })

    test('in float32', async () => {
      const single = (x: Tensor): Tensor => cast(x, 'float32')
      const { nngp, ntk } = await kernelFn(net)(single(x1), x2 === null ? null : single(x2))
      expect(nngp.dtype).toBe('float32')
      close(nngp, c.nngp, 2e-5)
      close(ntk, c.ntk, 2e-5)
    })
  })
})

test('cases without a kernel here are those that are known to have none', () => {
  const left = ['combinators', 'trees', 'linear-maps'].flatMap((file) =>
    casesOf(file).flatMap((c) => (ready(c) ? [] : [`${file}: ${c.name}`])),
  )
  expect(left).toMatchSnapshot()
})
