import {
  add,
  argMax,
  type Backend,
  bind,
  broadcastTo,
  cast,
  cholesky,
  concatenate,
  convGeneralDilated,
  cpuBackend,
  createCpuBackend,
  dotGeneral,
  eigh,
  exp,
  full,
  logicalAnd,
  matmul,
  max,
  mean,
  pad,
  reshape,
  slice,
  solve,
  squeeze,
  sum,
  take,
  tensor,
  tensorFromData,
  transpose,
  triangularSolve,
  where,
  windowSum,
  zeros,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { failure } from './helpers.js'

const x = zeros([2, 3])

describe('wrong input to an op names what is needed, what came and the way out', () => {
  test.each<[string, () => unknown, object]>([
    ['shapes that do not broadcast', () => add(x, zeros([2])), { code: 'shape', got: '[2, 3] and [2]' }],
    [
      'dtypes that differ',
      () => add(x, zeros([3], 'float32')),
      { code: 'dtype', got: 'float64 and float32', fix: 'Convert one with cast(x, dtype).' },
    ],
    ['a fraction that meets int32', () => add(zeros([2], 'int32'), 0.5), { code: 'dtype', got: '0.5' }],
    ['exp of int32', () => exp(zeros([2], 'int32')), { code: 'dtype', got: 'int32' }],
    ['a logical op on numbers', () => logicalAnd(x, x), { code: 'dtype' }],
    ['a condition that is no bool', () => where(x, x, x), { code: 'dtype', got: 'float64' }],
    ['an axis that is not there', () => sum(x, { axis: 2 }), { code: 'axis', got: '2' }],
    ['an axis that is not whole', () => argMax(x, 0.5), { code: 'axis', got: '0.5' }],
    ['an axis twice', () => sum(x, { axis: [0, -2] }), { code: 'axis' }],
    ['the maximum of nothing', () => max(zeros([0, 2]), { axis: 0 }), { code: 'shape', got: '[0, 2]' }],
    ['the mean of nothing', () => mean(zeros([0])), { code: 'shape', got: '[0]' }],
    ['a reshape to another size', () => reshape(x, [4]), { code: 'shape', got: '[2, 3]' }],
    ['a reshape with two unknowns', () => reshape(x, [-1, -1]), { code: 'shape' }],
    ['a reshape that does not divide', () => reshape(x, [4, -1]), { code: 'shape' }],
    ['a transpose of too few axes', () => transpose(x, [0]), { code: 'axis' }],
    ['a transpose of one axis twice', () => transpose(x, [0, 0]), { code: 'axis' }],
    ['a broadcast to a smaller shape', () => broadcastTo(x, [3]), { code: 'shape' }],
    ['an index past the end', () => slice(x, 2), { code: 'index', got: '2' }],
    ['too many indices', () => slice(x, 0, 0, 0), { code: 'index' }],
    ['a step that is not positive', () => slice(x, [0, 2, 0]), { code: 'index' }],
    ['padding of too few axes', () => pad(x, [[1, 1]]), { code: 'axis' }],
    [
      'cropping more than there is',
      () =>
        pad(x, [
          [-2, -1],
          [0, 0],
        ]),
      { code: 'shape' },
    ],
    ['joining nothing', () => concatenate([]), { code: 'value' }],
    ['joining shapes that differ', () => concatenate([x, zeros([2, 4])], 0), { code: 'shape' }],
    ['squeezing a long axis', () => squeeze(x, 0), { code: 'shape' }],
    ['an index tensor of floats', () => take(x, zeros([1])), { code: 'dtype', got: 'float64' }],
    ['an index out of range', () => take(x, tensor([2], { dtype: 'int32' })), { code: 'index', got: '2' }],
    ['a negative index', () => take(x, tensor([-1], { dtype: 'int32' })), { code: 'index', got: '-1' }],
    ['matrices that do not chain', () => matmul(x, x), { code: 'shape', got: '[2, 3] and [2, 3]' }],
    ['a product with a scalar', () => matmul(x, tensor(1)), { code: 'shape' }],
    [
      'a contraction of unequal axes',
      () => dotGeneral(x, x, { lhsContract: [0], rhsContract: [1] }),
      { code: 'shape' },
    ],
    [
      'a contraction of an axis twice',
      () => dotGeneral(x, x, { lhsContract: [0], rhsContract: [0], lhsBatch: [0], rhsBatch: [0] }),
      { code: 'axis' },
    ],
    [
      'a convolution of other channels',
      () => convGeneralDilated(zeros([1, 4, 2]), zeros([3, 3, 1])),
      { code: 'shape' },
    ],
    [
      'a stride of 0',
      () => convGeneralDilated(zeros([1, 4, 2]), zeros([3, 2, 1]), { strides: [0] }),
      { code: 'shape' },
    ],
    [
      'groups that do not divide',
      () => convGeneralDilated(zeros([1, 4, 3]), zeros([3, 1, 2]), { featureGroups: 2 }),
      { code: 'shape' },
    ],
    ['a window of too few axes', () => windowSum(x, { window: [2] }), { code: 'shape' }],
    ['a matrix that is not square', () => cholesky(x), { code: 'shape', got: '[2, 3]' }],
    ['a right side of another size', () => solve(zeros([2, 2]), zeros([3, 1])), { code: 'shape' }],
    ['a full of a fraction in int32', () => full([2], 0.5, 'int32'), { code: 'value', got: '0.5' }],
    ['a full of 2 in bool', () => full([2], 2, 'bool'), { code: 'value', got: '2' }],
    ['a string in place of a tensor', () => exp('x' as never), { code: 'value' }],
    ['an unknown primitive', () => bind('nope' as 'abs', [x], {}), { code: 'unsupported', got: 'nope' }],
  ])('%s', (_, f, expected) => {
    expect(failure(f)).toMatchObject({ name: 'NtkError', ...expected })
  })

  test('tensors of two backends are told apart', () => {
    const other = tensorFromData(new Float64Array(3), [3], createCpuBackend())
    expect(failure(() => add(tensor([1, 2, 3]), other))).toMatchObject({
      code: 'backend',
      fix: expect.stringContaining('toBackend'),
    })
  })

  test('a cast never fails and never rounds in silence to a dtype that was not asked for', () => {
    expect(cast(tensor([1.9, -1.9, 0]), 'int32').toNested()).toEqual([1, -1, 0])
    expect(cast(tensor([1.9, Number.NaN, 0]), 'bool').toNested()).toEqual([true, true, false])
  })
})

const backends: [string, () => Backend][] = [
  ['with the BLAS that it finds', () => cpuBackend()],
  ['with WebAssembly alone', () => createCpuBackend({ blas: 'off' })],
]

describe.each(backends)('linear algebra of the CPU %s', (_, make) => {
  const backend = make()
  const matrix = (rows: number[][]) => tensor(rows, { backend })
  const nan = Number.NaN

  test('a matrix that is not positive definite names its pivot and what stands there', () => {
    const a = matrix([
      [4, 0, 0],
      [2, 2, 0],
      [0, 1, -3],
    ])
    expect(failure(() => cholesky(a))).toMatchObject({
      code: 'not-positive-definite',
      got: 'pivot 2 of -4',
      fix: expect.stringContaining('diagReg'),
    })
  })

  test('NaN where it is read is an error, and where it is not read it is none', () => {
    const lower = matrix([
      [2, nan],
      [1, 2],
    ])
    expect(cholesky(lower).toNested()).toEqual([
      [Math.sqrt(2), 0],
      [1 / Math.sqrt(2), expect.closeTo(Math.sqrt(1.5), 14)],
    ])
    expect(eigh(lower).values.toNested()).toEqual([expect.closeTo(1, 14), expect.closeTo(3, 14)])
    const b = matrix([[1], [1]])
    expect(triangularSolve(lower, b).toNested()).toEqual([[0.5], [0.25]])
    for (const f of [
      () =>
        cholesky(
          matrix([
            [1, 0],
            [nan, 1],
          ]),
        ),
      () =>
        eigh(
          matrix([
            [1, 0],
            [nan, 1],
          ]),
        ),
      () => solve(lower, b),
      () => triangularSolve(lower, b, { lower: false }),
    ]) {
      expect(failure(f)).toMatchObject({ code: 'not-finite' })
    }
    expect(
      failure(() =>
        solve(
          matrix([
            [1, 0],
            [0, 1],
          ]),
          matrix([[nan], [1]]),
        ),
      ),
    ).toMatchObject({ code: 'not-finite', got: 'NaN at [0, 0]' })
  })

  test('infinities end as errors, not in endless loops', () => {
    const a = matrix([
      [Number.POSITIVE_INFINITY, 0],
      [1, 1],
    ])
    expect(failure(() => eigh(a))).toMatchObject({ code: 'not-finite' })
    expect(failure(() => cholesky(a))).toMatchObject({ code: 'not-finite' })
  })

  test('a singular system names its column', () => {
    const a = matrix([
      [1, 2],
      [2, 4],
    ])
    expect(failure(() => solve(a, matrix([[1], [1]])))).toMatchObject({
      code: 'singular',
      got: 'a zero pivot in column 1',
    })
    expect(
      failure(() =>
        triangularSolve(
          matrix([
            [1, 0],
            [1, 0],
          ]),
          matrix([[1], [1]]),
        ),
      ),
    ).toMatchObject({ code: 'singular' })
  })

  test('a system whose solution overflows gives infinities, for its operands are sound', () => {
    const x = triangularSolve(matrix([[1e-300]]), matrix([[1e300]]))
    expect(x.toNested()).toEqual([[Number.POSITIVE_INFINITY]])
  })
})
