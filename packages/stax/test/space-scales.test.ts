/** Networks that go through all layers in one piece in space, at inputs of every scale and in both dtypes. */
import { describe as describeNet, kernelFn, kernelOf } from '@ntk/kernels-analytic'
import { cast, key, mul, normal, sub, type Tensor } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  Conv,
  Dense,
  Erf,
  FanInSum,
  FanOut,
  Flatten,
  GlobalAvgPool,
  Identity,
  type Layer,
  LayerNorm,
  parallel,
  Relu,
  serial,
} from '../src/index.js'

const residual = (main: Layer, shortcut: Layer): Layer =>
  serial(FanOut(2), parallel(main, shortcut), FanInSum())

/** Of residual networks, norms and the standard parameterization, with and without bias. */
const atAnyScale = (bStd: number | null): (readonly [string, Layer])[] => {
  const conv = (options: object = {}): Layer =>
    Conv(3, [3, 3], { wStd: 1.4, bStd, padding: 'SAME', ...options })
  const standard = { parameterization: 'standard' } as const
  const normed = residual(serial(LayerNorm(), Relu(), conv()), conv())
  return [
    ['residual', serial(conv(), residual(serial(Relu(), conv()), Identity()), Relu())],
    ['norms', serial(conv(), LayerNorm(), Relu(), conv(), LayerNorm({ axis: [1, 3] }), Erf())],
    ['norms in branches', serial(conv(), normed, LayerNorm(), Relu())],
    ['standard', serial(conv(standard), Relu(), conv(standard), Relu())],
  ]
}

const largest = (x: Tensor): number => Math.max(...(x.dataSync() as Float64Array).map(Math.abs))

describe.each([...atAnyScale(0.2), ...atAnyScale(null)])('inputs of every scale: %s', (_, body) => {
  test.each([Flatten(), GlobalAvgPool()])('$spec', async (end) => {
    const net = serial(body, end, Dense(1))
    const x = normal(key(5), [3, 4, 5, 2])
    for (const power of [-490, -300, 0, 300, 490]) {
      const scaled = mul(x, 2 ** power)
      expect(describeNet(net, x.shape).way).toBe('space')
      const whole = await kernelFn(net)(scaled, null)
      const plain = kernelOf(net, scaled, null)
      for (const [got, want] of [
        [whole.nngp, plain.nngp as Tensor],
        [whole.ntk, plain.ntk as Tensor],
      ] as const) {
        const unit = 1 / largest(want)
        expect(largest(sub(mul(got, unit), mul(want, unit)))).toBeLessThan(1e-14)
      }
    }
    const single = cast(x, 'float32')
    const rounded = await kernelFn(net)(single, null, { get: 'ntk' })
    const exact = await kernelFn(net)(cast(single, 'float64'), null, { get: 'ntk' })
    expect(rounded.dataSync()).toEqual(cast(exact, 'float32').dataSync())
  })
})
