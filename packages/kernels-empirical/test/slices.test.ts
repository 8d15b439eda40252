/** Jacobians that do not fit in the memory, made for slices of parameters at a time, against structured derivatives. */
import { trace } from '@ntk/autodiff'
import {
  add,
  convGeneralDilated,
  dotGeneral,
  key,
  matmul,
  maximum,
  mean,
  mul,
  normal,
  reshape,
  sin,
  sub,
  type Tensor,
} from '@ntk/tensor'
import { expect, test } from 'vitest'
import { groupSlices, sliceAxes } from '../src/generic/slices.js'
import { empiricalNtkFn, empiricalNtkPartsFn } from '../src/index.js'
import { relativeError } from './networks.js'

type Params = readonly Tensor[]
const at = (p: Params, i: number): Tensor => p[i] as Tensor
const relu = (x: Tensor): Tensor => maximum(x, 0)

/** A convolution, a matrix on the right, one on the left, one that is used twice, a bias, and a matrix behind a function. */
const shapes = [[3, 2, 16], [6 * 16, 60], [80, 60], [80, 80], [80], [80, 3]] as const
function network(p: Params, x: Tensor): Tensor {
  const conv = convGeneralDilated(x, at(p, 0), {
    strides: [1],
    padding: [[1, 1]],
  })
  const h = relu(matmul(reshape(conv, [x.shape[0] as number, -1]), at(p, 1)))
  const g = relu(dotGeneral(h, at(p, 2), { lhsContract: [1], rhsContract: [1] }))
  const twice = sin(matmul(sin(matmul(g, at(p, 3))), at(p, 3)))
  return matmul(add(twice, at(p, 4)), mul(at(p, 5), at(p, 5)))
}

const params = shapes.map((shape, i) => mul(normal(key(10 + i), [...shape]), 0.3))
const x = normal(key(26), [3, 6, 2])
const x2 = normal(key(27), [3, 6, 2])
const leaves = params.map(({ shape, dtype }) => ({ shape, dtype }))

/** The smallest memory that an implementation is given. */
const little = { maxBytes: 1 }

test('parameters are sliced along the axis that a contraction sums over, where all uses agree', () => {
  const program = trace(network, leaves, { shape: [1, 6, 2], dtype: 'float64' })
  const inputs = program.inputs.slice(0, -1)
  expect(sliceAxes(program, inputs)).toEqual([1, 0, 1, 0, null, null])
  const both = trace((w: Tensor, v: Tensor) => add(matmul(v, w), matmul(w, v)), x2Square, x2Square)
  expect(sliceAxes(both, both.inputs.slice(0, 1))).toEqual([null])
  const out = trace((w: Tensor, v: Tensor) => [matmul(v, w), w], x2Square, x2Square)
  expect(sliceAxes(out, out.inputs.slice(0, 1))).toEqual([null])
  const squared = trace((w: Tensor) => matmul(w, w), x2Square)
  expect(sliceAxes(squared, squared.inputs)).toEqual([null])
})

const x2Square = { shape: [4, 4], dtype: 'float64' } as const

test('groups of slices hold every number once, and no more than they may', () => {
  const axes = [1, 0, 1, 0, null, null]
  for (const room of [1, 100, 700, 1500, 1e6]) {
    const groups = groupSlices(shapes, axes, room)
    const numbers = ({ leaf, axis, start, stop }: (typeof groups)[number][number]): number => {
      const size = shapes[leaf]?.reduce((a: number, b) => a * b, 1) as number
      return axis === null ? size : (size / (shapes[leaf]?.[axis] as number)) * (stop - start)
    }
    const least = Math.max(room, 240)
    for (const group of groups)
      if (group.length > 1 || group[0]?.axis !== null)
        expect(group.reduce((sum, s) => sum + numbers(s), 0)).toBeLessThanOrEqual(least)
    for (const [leaf, shape] of shapes.entries()) {
      const own = groups.flat().filter((s) => s.leaf === leaf)
      expect(own.reduce((sum, s) => sum + numbers(s), 0)).toBe(shape.reduce((a: number, b) => a * b, 1))
      own.forEach((s, i) => {
        expect(s.start).toBe(i === 0 ? 0 : own[i - 1]?.stop)
      })
    }
  }
})

for (const axes of [{}, { traceAxes: [-1] }, { diagonalAxes: [-1] }]) {
  test(`slices of Jacobians give the kernel of structured derivatives, ${JSON.stringify(axes)}`, async () => {
    for (const other of [null, x2]) {
      const exact = await empiricalNtkFn(network, { ...axes, implementation: 'structured-derivatives' })(
        x,
        other,
        params,
      )
      const sliced = await empiricalNtkFn(network, {
        ...axes,
        implementation: 'jacobian-contraction',
        ...little,
      })(x, other, params)
      expect(relativeError(sliced, exact)).toBeLessThan(1e-13)
    }
  })
}

test('samples that mix are one block, in slices too', async () => {
  const mixing = (p: Params, rows: Tensor): Tensor =>
    network(p, sub(rows, mean(rows, { axis: 0, keepDims: true })))
  const exact = await empiricalNtkFn(mixing, { implementation: 'structured-derivatives' })(x, x2, params)
  const sliced = await empiricalNtkFn(mixing, { implementation: 'jacobian-contraction', ...little })(
    x,
    x2,
    params,
  )
  expect(relativeError(sliced, exact)).toBeLessThan(1e-13)
})

test('parts of a sliced kernel are those of the whole one', async () => {
  const by = (path: string): string => (path === '[3]' ? 'shared' : 'others')
  const exact = await empiricalNtkPartsFn(network, { by, implementation: 'structured-derivatives' })(
    x,
    null,
    params,
  )
  const sliced = await empiricalNtkPartsFn(network, {
    by,
    implementation: 'jacobian-contraction',
    ...little,
  })(x, null, params)
  expect(Object.keys(sliced)).toEqual(['others', 'shared'])
  for (const [name, kernel] of Object.entries(sliced))
    expect(relativeError(kernel, exact[name] as Tensor)).toBeLessThan(1e-13)
})

test('a signal is looked at between slices', async () => {
  const { signal } = new AbortController()
  let looks = 0
  Object.defineProperty(signal, 'aborted', {
    get: () => {
      looks++
      return looks > 5
    },
  })
  const run = empiricalNtkFn((w: Tensor, rows: Tensor) => matmul(rows, w), {
    implementation: 'jacobian-contraction',
    maxBytes: 2 ** 25,
  })(normal(key(1), [1, 4096]), null, normal(key(2), [4096, 64]), { signal })
  await expect(run).rejects.toMatchObject({ code: 'aborted' })
  expect(looks).toBe(6)
})
