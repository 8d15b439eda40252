/** Cases of neural-tangents, and how they are held against every way to a kernel. */
import { readFileSync } from 'node:fs'
import { kernelFn, kernelOf } from '@ntk/kernels-analytic'
import { cast, type Nested, type Tensor, tensor } from '@ntk/tensor'
import { expect, test } from 'vitest'
import { fromSpec, type Layer, type Spec } from '../src/index.js'
import { close } from './helpers.js'

export interface ReferenceCase {
  readonly name: string
  readonly spec: Spec
  readonly x1: Nested
  readonly x2: Nested | null
  readonly nngp: Nested
  readonly ntk: Nested
  readonly cov1?: Nested
  readonly cov2?: Nested
}

export const casesOf = (file: string): readonly ReferenceCase[] =>
  JSON.parse(
    readFileSync(new URL(`./reference/${file}.json`, import.meta.url), 'utf8'),
  ) as readonly ReferenceCase[]

/** Tests of one case: by kernelFn, by kernelOf, in float32. The NTK is held to `ofNtk`. */
export function holdsByEveryWay(c: ReferenceCase, ofNtk: number): void {
  const net = fromSpec(c.spec) as Layer
  const x1 = tensor(c.x1)
  const x2 = c.x2 === null ? null : tensor(c.x2)

  test('by kernelFn, whole and in tiles of 2', async () => {
    for (const tile of [undefined, 2]) {
      const get = ['nngp', 'ntk', 'cov1', 'cov2'] as const
      const { nngp, ntk, cov1, cov2 } = await kernelFn(net)(x1, x2, { get, tile })
      close(nngp, c.nngp, 1e-10)
      close(ntk, c.ntk, ofNtk)
      if (c.cov1 !== undefined) close(cov1, c.cov1, 1e-10)
      if (c.cov2 !== undefined) close(cov2, c.cov2, 1e-10)
    }
  })

  test('by kernelOf', () => {
    const { nngp, ntk } = kernelOf(net, x1, x2)
    close(nngp as Tensor, c.nngp, 1e-10)
    close(ntk as Tensor, c.ntk, ofNtk)
  })

  test('in float32', async () => {
    const single = (x: Tensor): Tensor => cast(x, 'float32')
    const { nngp, ntk } = await kernelFn(net)(single(x1), x2 === null ? null : single(x2))
    expect(nngp.dtype).toBe('float32')
    close(nngp, c.nngp, 2e-5)
    close(ntk, c.ntk, 2e-5)
  })
}
