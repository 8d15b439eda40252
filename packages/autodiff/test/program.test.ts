import {
  add,
  type Backend,
  cpuBackend,
  matmul,
  mean,
  mul,
  relu,
  reshape,
  setDefaultBackend,
  sin,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  zeros,
} from '@ntk/tensor'
import { expect, test } from 'vitest'
import { countProgram, evalProgram, grad, jvp, showProgram, trace, vmap } from '../src/index.js'
import { expectClose } from './support/compare.js'
import { floats, seed } from './support/inputs.js'

seed(2)
const params = { w: floats([3, 2])(), b: floats([2])() }
const x = floats([4, 3])()
const layer = (p: typeof params, v: Tensor): Tensor => tanh(add(matmul(v, p.w), p.b))

test('a program does what the function did, also under every transformation', () => {
  const program = trace(layer, params, x)
  const run = (p: typeof params, v: Tensor): Tensor => evalProgram<Tensor>(program, p, v)
  expectClose([run(params, x)], [layer(params, x)], 0)
  const loss =
    (f: typeof layer) =>
    (p: typeof params): Tensor =>
      sum(square(f(p, x)))
  const [g, h] = [grad(loss(run))(params), grad(loss(layer))(params)]
  expectClose([g.w, g.b], [h.w, h.b], 0)
  expectClose([jvp(run, [params, x], [params, x])[1]], [jvp(layer, [params, x], [params, x])[1]], 0)
  const many = floats([5, 4, 3])()
  expectClose(
    [vmap(run, { inAxes: [null, 0] })(params, many)],
    [vmap(layer, { inAxes: [null, 0] })(params, many)],
    0,
  )
})

test('shapes and dtypes are enough to trace', () => {
  const aval = (...shape: number[]): { shape: number[]; dtype: 'float32' } => ({ shape, dtype: 'float32' })
  const program = trace(layer, { w: aval(3, 2), b: aval(2) }, aval(7, 3))
  expect(program.outputs.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual([
    { shape: [7, 2], dtype: 'float32' },
  ])
})

test('a program reads as text', () => {
  const f = (v: Tensor): Tensor[] => {
    sin(v)
    return [relu(matmul(v, params.w)), v]
  }
  expect(showProgram(trace(f, x))).toBe(
    [
      'program(a: float64[4, 3])',
      '  b: float64[4, 2] = dotGeneral(a, const float64[3, 2]) { lhsContract: [1], rhsContract: [0], lhsBatch: [], rhsBatch: [] }',
      '  c: float64[4, 2] = max(b, 0)',
      '  return c, a',
    ].join('\n'),
  )
})

test('flops and bytes are counted from shapes', () => {
  const count = countProgram(trace(layer, params, x))
  expect(count.byPrimitive).toEqual({
    dotGeneral: { count: 1, flops: 2 * 4 * 2 * 3, bytes: 8 * (12 + 6 + 8) },
    add: { count: 1, flops: 8, bytes: 8 * (8 + 2 + 8) },
    tanh: { count: 1, flops: 8, bytes: 8 * 16 },
  })
  expect(count.flops).toBe(48 + 8 + 8)
  // inputs 12 + 6 + 2, and at each step the operand and the result
  expect(count.peakBytes).toBe(8 * (20 + 16))
})

test('the gradient of a dense network is one product a factor, without transpositions of large arrays', () => {
  const aval = (...shape: number[]): { shape: number[]; dtype: 'float32' } => ({ shape, dtype: 'float32' })
  const loss = (ws: Tensor[], v: Tensor): Tensor => mean(square(ws.reduce((h, w) => relu(matmul(h, w)), v)))
  const ws = [aval(784, 512), aval(512, 512), aval(512, 10)]
  const count = countProgram(trace((p: Tensor[], v: Tensor) => grad(loss)(p, v), ws, aval(64, 784)))
  // three products forward, and backward one for each weight and one for each hidden layer
  expect(count.byPrimitive.dotGeneral?.count).toBe(3 + 3 + 2)
  expect(count.byPrimitive.transpose).toBeUndefined()
  const products = 2 * 64 * (784 * 512 + 512 * 512 + 512 * 10)
  expect(count.byPrimitive.dotGeneral?.flops).toBe(3 * products - 2 * 64 * 784 * 512)
})

test('evaluation frees intermediates after their last use, and nothing else', () => {
  const freed: object[] = []
  const cpu = cpuBackend()
  const counting: Backend = {
    ...cpu,
    name: 'counting',
    collected: false,
    free: (buffer) => void freed.push(buffer),
  }
  const former = setDefaultBackend(counting)
  try {
    const v = tensor([
      [1, 2],
      [3, 4],
    ])
    const constant = tensor([
      [5, 6],
      [7, 8],
    ])
    const f = (y: Tensor): Tensor[] => {
      const a = sin(add(y, constant))
      const view = reshape(a, [4])
      return [mul(view, 2), sub(reshape(view, [2, 2]), y)]
    }
    const program = trace(f, v)
    const expected = f(v).map((t) => t.toNested())
    freed.length = 0
    const out = evalProgram<Tensor[]>(program, v)
    expect(out.map((t) => t.toNested())).toEqual(expected)
    // add and sin; reshapes share the buffer of sin
    expect(new Set(freed).size).toBe(freed.length)
    expect(freed.length).toBe(2)
    const kept = [v, constant, ...out].map((t) => t.buffer)
    expect(freed.some((buffer) => kept.includes(buffer))).toBe(false)
  } finally {
    setDefaultBackend(former)
  }
})

test('a program of another structure of arguments is refused', () => {
  const program = trace(layer, params, x)
  expect(() => evalProgram(program, { w: params.w }, x)).toThrow(/keys w, b/)
  expect(() => evalProgram(program, params, x, zeros([1]))).toThrow(/list of 2/)
})
