/** Inputs with padding: unequal lengths, holes, whole samples and single channels, held against the reference by every way to a kernel. */
import { readFileSync } from 'node:fs'
import { kernelFn, kernelOf } from '@ntk/kernels-analytic'
import { cast, equal, type Nested, type Tensor, tensor, where } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { fromSpec, type Layer, type Spec } from '../src/index.js'

interface Case {
  readonly name: string
  readonly spec: Spec
  readonly x1: Nested
  readonly x2: Nested | null
  readonly maskConstant: number
  readonly nngp: Nested
  readonly ntk: Nested
  readonly cov1: Nested
  readonly cov2?: Nested
}

const cases = ['masks', 'attention-masks'].flatMap(
  (file) =>
    (
      JSON.parse(readFileSync(new URL(`./reference/${file}.json`, import.meta.url), 'utf8')) as {
        readonly cases: readonly Case[]
      }
    ).cases,
)

/** `own` is for what the reference has of a sample with itself, between [n, n, ...]. */
function close(got: Tensor, want: Nested, tol: number, own = tol): void {
  const expected = tensor(want)
  expect(got.shape).toEqual(expected.shape)
  const [a, b] = [got.dataSync(), expected.dataSync()]
  const [n1 = 1, n2 = 1, ...space] = expected.shape
  const size = space.reduce((x, y) => x * y, 1)
  b.forEach((y, i) => {
    const pair = Math.floor(i / size)
    const limit = Math.floor(pair / n2) === pair % n2 && n1 === n2 ? own : tol
    if (!(Math.abs((a[i] as number) - y) <= limit * Math.abs(y)))
      expect.fail(`element ${i}: ${a[i]} is not ${y} to ${limit}`)
  })
}

const get = ['nngp', 'ntk', 'cov1', 'cov2'] as const

type Kernels = Readonly<Record<(typeof get)[number], Tensor>>

function agree(c: Case, { nngp, ntk, cov1, cov2 }: Kernels, tol = 1e-10): void {
  close(nngp, c.nngp, tol)
  // The reference rounds the NTK of a sample with itself to 1e-8.
  close(ntk, c.ntk, tol, c.x2 === null ? Math.max(tol, 1e-8) : tol)
  close(cov1, c.cov1, tol)
  close(cov2, c.cov2 ?? c.cov1, tol)
}

/** The same data with another number where they are padding. */
const marked = (x: Tensor, from: number, by: number): Tensor => where(equal(x, from), by, x)

describe.each(cases)('$name', (c) => {
  const net: Layer = fromSpec(c.spec)
  const { maskConstant } = c
  const x1 = tensor(c.x1)
  const x2 = c.x2 === null ? null : tensor(c.x2)

  test('by kernelOf', () => {
    const { nngp, ntk, cov1, cov2 } = kernelOf(net, x1, x2, { maskConstant })
    agree(c, { nngp, ntk, cov1, cov2: cov2 ?? cov1 } as Kernels)
  })

  test('by kernelFn, in one tile and in tiles of one row and two', async () => {
    agree(c, await kernelFn(net)(x1, x2, { get, maskConstant }))
    agree(c, await kernelFn(net)(x1, x2, { get, maskConstant, tile: 1 }))
    agree(c, await kernelFn(net)(x1, x2, { get, maskConstant, tile: 2 }))
  })

  test('with NaN for padding', async () => {
    const [y1, y2] = [x1, x2].map((x) => (x === null ? null : marked(x, maskConstant, Number.NaN)))
    const options = { get, maskConstant: Number.NaN } as const
    agree(c, await kernelFn(net)(y1 as Tensor, y2, options))
    const { nngp } = kernelOf(net, y1 as Tensor, y2 ?? null, { maskConstant: Number.NaN })
    close(nngp as Tensor, c.nngp, 1e-10)
  })

  test('in float32', async () => {
    const [y1, y2] = [x1, x2].map((x) =>
      x === null ? null : cast(marked(x, maskConstant, 0.1234567), 'float32'),
    )
    agree(c, await kernelFn(net)(y1 as Tensor, y2, { get, maskConstant: 0.1234567 }), 2e-5)
  })
})
