import { readFileSync } from 'node:fs'
import { cast, type Nested, type Tensor, tensor } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { kernelFn, kernelOf } from '../src/index.js'
import { close, general, netOf, tolerance } from './helpers.js'

interface Case {
  readonly name: string
  readonly spec: readonly unknown[]
  readonly x1: Nested
  readonly x2: Nested | null
  readonly nngp: Nested
  readonly ntk: Nested
  /** Left out where the reference has NaN. */
  readonly cov1?: Nested
  readonly cov2?: Nested
}

const cases = ['fully-connected', 'closed-forms', 'activations-2'].flatMap(
  (name) =>
    JSON.parse(readFileSync(new URL(`./reference/${name}.json`, import.meta.url), 'utf8')) as readonly Case[],
)

describe.each(cases)('$name ($#) agrees with the reference', (c) => {
  const net = netOf(c.spec)
  const x1 = tensor(c.x1)
  const x2 = c.x2 === null ? null : tensor(c.x2)
  const get = ['nngp', 'ntk', 'cov1', 'cov2'] as const

  test('by whatever path kernelFn takes', async () => {
    const { nngp, ntk, cov1, cov2 } = await kernelFn(net)(x1, x2, { get })
    close(nngp, c.nngp)
    close(ntk, c.ntk)
    if (c.cov1 !== undefined) {
      close(cov1, c.cov1)
      close(cov2, c.cov2 ?? c.cov1)
    }
  })

  test('step by step, in tiles of 2', async () => {
    const { nngp, ntk, cov1, cov2 } = await kernelFn(general(net))(x1, x2, { get, tile: 2 })
    close(nngp, c.nngp)
    close(ntk, c.ntk)
    if (c.cov1 !== undefined) {
      close(cov1, c.cov1)
      close(cov2, c.cov2 ?? c.cov1)
    }
  })

  test('by kernelOf, in one piece', () => {
    const { nngp, ntk, cov1, cov2 } = kernelOf(net, x1, x2)
    close(nngp as Tensor, c.nngp)
    close(ntk as Tensor, c.ntk)
    if (c.cov1 !== undefined) close(cov1 as Tensor, c.cov1)
    if (c.cov2 !== undefined) close((cov2 ?? cov1) as Tensor, c.cov2)
  })

  test('in float32', async () => {
    const single = (x: Tensor): Tensor => cast(x, 'float32')
    const { nngp, ntk } = await kernelFn(net)(single(x1), x2 === null ? null : single(x2))
    expect(nngp.dtype).toBe('float32')
    close(nngp, c.nngp, tolerance.float32)
    close(ntk, c.ntk, tolerance.float32)
  })
})
