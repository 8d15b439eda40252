/** Activation x layout x same inputs x get x evaluator: every way to a kernel gives the same numbers. */
import type { Tensor } from '@ntk/tensor'
import { describe, test } from 'vitest'
import {
  type AnyActivation,
  activations,
  examplesOf,
  type KernelNet,
  type KernelStep,
  kernelFn,
  kernelOf,
} from '../src/index.js'
import { close, general, sample } from './helpers.js'

const nonlinear = Object.values<AnyActivation>(activations)
  // Its grid takes the two inputs differently, and many points.
  .filter((record) => record.dual !== null && record.name !== 'Numerical')
  .map((record): KernelStep => {
    const [options = {}] = examplesOf(record)
    return { kind: 'activation', name: record.name, options }
  })

const dense: KernelStep = {
  kind: 'affine',
  layer: 'Dense',
  out: 1,
  wStd: 1.2,
  bStd: 0.3,
  parameterization: 'ntk',
}
const flatten: KernelStep = { kind: 'flatten' }

/** Layouts of the covariances: what comes in, and how the network ends. */
const layouts: readonly (readonly [string, readonly number[], readonly KernelStep[]])[] = [
  ['vectors', [5, 4], []],
  ['images, equal positions', [4, 2, 3, 2], [flatten, dense]],
  ['sequences, all pairs of positions', [3, 3, 2], []],
  ['images flattened first', [4, 2, 2, 2], []],
]

/**
 * A quadrature in the plane takes a millisecond a pair: these go through every layout with fewer samples and all of `get` at once, and by
 * one evaluator, as nothing of them is fused.
 */
const slow: readonly string[] = ['Celu', 'Elementwise', 'Elu', 'HardTanh', 'Relu6', 'Selu', 'Softsign']

const names = ['nngp', 'ntk', 'cov1', 'cov2'] as const
const gets = ['nngp', 'ntk', ['cov1', 'cov2'], names] as const

describe.each(nonlinear.map((step) => [(step as { readonly name: string }).name, step] as const))(
  '%s',
  (activation, step) => {
    const isSlow = slow.includes(activation)
    const wanted = isSlow ? [names] : gets
    describe.each(layouts)('%s', (layout, shape, end) => {
      const start = layout === 'images flattened first' ? [flatten] : []
      const net: KernelNet = { kernel: [...start, dense, step, dense, step, dense, ...end] }
      const [n1, n2] = isSlow ? [3, 2] : [shape[0] as number, 3]
      const x1 = sample(1, n1, ...shape.slice(1))
      const x2 = sample(2, n2, ...shape.slice(1))

      test.each([
        ['x1 with itself', null],
        ['x1 with x2', x2],
        ['x1 with x1 again', x1],
      ] as const)('%s', async (_same, other) => {
        const whole = kernelOf(net, x1, other)
        const want = { ...whole, cov2: whole.cov2 ?? whole.cov1 }
        for (const get of wanted) {
          for (const path of isSlow ? [net] : [net, general(net)]) {
            const got: Tensor | Partial<Record<string, Tensor>> = await kernelFn(path)(x1, other, {
              get,
              tile: 2,
            })
            const list = typeof get === 'string' ? { [get]: got as Tensor } : (got as Record<string, Tensor>)
            for (const [name, tensor] of Object.entries(list)) {
              close(tensor, (want[name as 'nngp'] as Tensor).toNested(), 1e-12)
            }
          }
        }
      })
    })
  },
)
