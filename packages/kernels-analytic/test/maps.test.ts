import { jvp } from '@ntk/autodiff'
import { add, mul, NtkError, sub, type Tensor, type Value } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  abReluKernel,
  affineKernel,
  composeRequirements,
  erfKernel,
  flattenKernel,
  inputKernel,
  joinRequirements,
  type Kernel,
  requireFullSpatial,
  sumKernel,
} from '../src/index.js'
import { close, sample } from './helpers.js'

const layer = { out: 1, wStd: 1.3, bStd: 0.2, parameterization: 'ntk' } as const
const net = (k: Kernel): Kernel => affineKernel(abReluKernel(affineKernel(k, layer), { a: 0, b: 1 }), layer)
const nested = (x: Value | null): ReturnType<Tensor['toNested']> => (x as Tensor).toNested()

describe('requirements', () => {
  const [same, diagonal, full] = (['same', 'diagonal', 'full'] as const).map((spatial) => ({ spatial }))

  test('of a chain are those of the first layer that has any', () => {
    expect(composeRequirements([])).toEqual(same)
    expect(composeRequirements([same, diagonal, full] as never)).toEqual(diagonal)
    expect(composeRequirements([same, full, diagonal] as never)).toEqual(full)
  })

  test('of branches are those of the most demanding', () => {
    expect(joinRequirements([same, full] as never)).toEqual(full)
    expect(joinRequirements([diagonal, same] as never)).toEqual(same)
    expect(joinRequirements([diagonal, diagonal] as never)).toEqual(diagonal)
  })
})

describe('a map keeps what it does not concern and never changes its input', () => {
  const x = sample(1, 3, 2, 4)
  const kernel = inputKernel(x, null, { diagonalSpatial: false })

  test('shapes, flags and arrays of images', () => {
    const before = nested(kernel.nngp)
    const out = net(kernel)
    expect(nested(kernel.nngp)).toEqual(before)
    expect(out.isGaussian).toBe(true)
    expect(out.shape1).toEqual([3, 2, 1])
    expect(out.x1IsX2).toBe(true)
    expect(out.nngp.shape).toEqual([3, 3, 2, 2])
  })

  test('the diagonal of all pairs of positions is the kernel of equal positions', () => {
    const wide = flattenKernel(net(kernel))
    const thin = flattenKernel(net(inputKernel(x)))
    close(wide.nngp as Tensor, nested(thin.nngp), 1e-12)
    close(wide.ntk as Tensor, nested(thin.ntk), 1e-12)
    close(wide.cov1 as Tensor, nested(thin.cov1), 1e-12)
    expect(thin.shape1).toEqual([3, 2])
    expect(thin.isGaussian).toBe(false)
  })

  test('a map that needs all pairs of positions says so', () => {
    const call = (): void => requireFullSpatial(inputKernel(x), 'GlobalAvgPool')
    expect(call).toThrow(NtkError)
    expect(call).toThrow(/GlobalAvgPool.*all pairs.*equal positions only/)
    expect(() => requireFullSpatial(kernel, 'GlobalAvgPool')).not.toThrow()
  })
})

describe('a sum of branches', () => {
  const kernel = affineKernel(inputKernel(sample(2, 3, 4)), layer)

  test('adds kernels', () => {
    const other = net(kernel)
    const total = sumKernel([kernel, other])
    close(total.ntk as Tensor, nested(add(kernel.ntk as Tensor, other.ntk as Tensor)), 0)
    close(total.cov1 as Tensor, nested(add(kernel.cov1 as Tensor, other.cov1 as Tensor)), 0)
    expect(total.isGaussian).toBe(true)
    expect(sumKernel([kernel, abReluKernel(kernel, { a: 0, b: 1 })]).isGaussian).toBe(false)
  })

  test('refuses branches that do not fit', () => {
    expect(() => sumKernel([kernel, inputKernel(sample(3, 2, 4))])).toThrow(/one shape/)
    expect(() => sumKernel([])).toThrow(/at least one/)
  })
})

test('the kernel of a network can be differentiated in the data, also at equal samples', () => {
  const x = sample(4, 4, 3)
  const twin = add(mul(x, 0), sample(5, 1, 3))
  const direction = sample(6, 4, 3)
  const both = (k: Kernel): Value =>
    add(erfKernel(affineKernel(net(k), layer), { a: 1, b: 1, c: 0 }).nngp, net(k).ntk as Value)
  const f = (z: Tensor): Tensor => both(inputKernel(z)) as Tensor
  const [, slope] = jvp(f, [x], [direction]) as [Tensor, Tensor]
  const h = 1e-5
  const difference = mul(sub(f(add(x, mul(direction, h))), f(sub(x, mul(direction, h)))), 1 / (2 * h))
  // The tangent kernel has a kink where samples coincide: compare where they do not.
  const [got, want] = [slope.dataSync(), difference.dataSync()]
  for (let i = 0; i < 16; i++) if (i % 5 !== 0) expect(got[i]).toBeCloseTo(want[i] as number, 6)
  const [, atTwins] = jvp(f, [twin], [direction]) as [Tensor, Tensor]
  for (const v of atTwins.dataSync()) expect(Number.isFinite(v)).toBe(true)
})
