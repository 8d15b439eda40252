import {
  add,
  arange,
  type Backend,
  cast,
  cholesky,
  choleskyAsync,
  choleskySolve,
  choleskySolveAsync,
  cpuBackend,
  createCpuBackend,
  eigh,
  eighAsync,
  eye,
  key,
  logDet,
  logDetAsync,
  matmul,
  matrixTranspose,
  mul,
  NtkError,
  normal,
  oneHot,
  ones,
  solve,
  solveAsync,
  type Tensor,
  tensor,
  toBackend,
  toHost,
  triangularSolve,
  triangularSolveAsync,
  zeros,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'

const factorizations = ['cholesky', 'triangularSolve', 'solve', 'eigh']

/** A device that cannot block, holds no float64 and has no factorizations. */
function remote(): Backend {
  const cpu = createCpuBackend({ memory: 'owned' })
  return {
    ...cpu,
    name: 'remote',
    dtypes: ['float32', 'int32', 'bool'],
    composites: {},
    readSync: () => null,
    supports: (primitive, dtype) => dtype !== 'float64' && !factorizations.includes(primitive),
  }
}

const device = remote()
const g = normal(key(0), [4, 9])
const definite = cast(add(matmul(g, matrixTranspose(g)), eye(4)), 'float32')
const rhs = normal(key(1), [4, 2], { dtype: 'float32' })

async function failure(f: () => unknown): Promise<unknown> {
  try {
    await f()
  } catch (error) {
    return error
  }
  return expect.fail('nothing was thrown')
}

describe('a device that cannot block', () => {
  test('numbers are not read at once: the error says how to bring them home', async () => {
    const x = await toBackend(rhs, device)
    for (const read of [() => x.dataSync(), () => x.toNested(), () => x.item()]) {
      const error = await failure(read)
      expect(NtkError.isInstance(error)).toBe(true)
    }
    expect(await failure(() => x.dataSync())).toMatchObject({
      code: 'unsupported',
      got: expect.stringContaining('remote'),
      fix: expect.stringContaining('await toHost(x)'),
    })
    expect((await x.data()).length).toBe(8)
  })

  test('toHost brings tensors home, alone, in lists and in records', async () => {
    const x = await toBackend(rhs, device)
    const home = await toHost(x)
    expect([home.backend, home.dtype, home.toNested()]).toEqual([cpuBackend(), 'float32', rhs.toNested()])
    const record = await toHost({ nngp: x, ntk: null, shape1: [4], parts: [x, rhs] as const })
    expect(record.nngp.toNested()).toEqual(rhs.toNested())
    expect([record.ntk, record.shape1, record.parts[1]]).toEqual([null, [4], rhs])
    expect(record.parts[1]).toBe(rhs)
  })

  test('factorizations refuse by name, and name the asynchronous ones', async () => {
    const [a, b] = [await toBackend(definite, device), await toBackend(rhs, device)]
    const uses = {
      cholesky: () => cholesky(a),
      triangularSolve: () => triangularSolve(a, b),
      solve: () => solve(a, b),
      eigh: () => eigh(a),
    }
    for (const [name, use] of Object.entries(uses)) {
      expect(await failure(use)).toMatchObject({
        code: 'unsupported',
        what: expect.stringContaining(name),
        fix: expect.stringContaining(`await ${name}Async(`),
      })
    }
  })

  test('asynchronous factorizations compute in float64 on the host, and give tensors of the device', async () => {
    const [a, b] = [await toBackend(definite, device), await toBackend(rhs, device)]
    const [wide, wideRhs] = [cast(definite, 'float64'), cast(rhs, 'float64')]
    const pairs: [Promise<Tensor>, Tensor][] = [
      [choleskyAsync(a), cholesky(wide)],
      [choleskySolveAsync(a, b), choleskySolve(wide, wideRhs)],
      [solveAsync(a, b), solve(wide, wideRhs)],
      [triangularSolveAsync(a, b, { transpose: true }), triangularSolve(wide, wideRhs, { transpose: true })],
      [logDetAsync(a), logDet(wide)],
      [eighAsync(a).then((e) => e.values), eigh(wide).values],
      [eighAsync(a).then((e) => e.vectors), eigh(wide).vectors],
    ]
    for (const [got, want] of pairs) {
      const x = await got
      expect([x.backend.name, x.dtype, x.shape]).toEqual(['remote', 'float32', want.shape])
      expect(await x.data()).toEqual(cast(want, 'float32').dataSync())
    }
  })

  test('asynchronous factorizations reject with the errors of the others', async () => {
    expect(await failure(() => choleskyAsync(mul(eye(2), -1)))).toMatchObject({
      code: 'not-positive-definite',
    })
    expect(await failure(() => solveAsync(zeros([2, 2]), ones([2, 1])))).toMatchObject({ code: 'singular' })
    expect(await failure(() => choleskyAsync(3 as never))).toMatchObject({ code: 'tracer' })
  })
})

describe('constants that nobody put anywhere', () => {
  test('follow the tensors that they meet', async () => {
    const x = await toBackend(rhs, device)
    const made = [
      add(x, ones([4, 2], 'float32')),
      matmul(eye(4, 'float32'), x),
      mul(cast(arange(2), 'float32'), x),
      mul(x, add(zeros([2], 'float32'), 1)),
    ]
    const here = [add(rhs, 1), rhs, mul(rhs, tensor([0, 1], { dtype: 'float32' })), rhs]
    for (const [i, y] of made.entries()) {
      expect(y.backend).toBe(device)
      expect(await y.data()).toEqual((here[i] as Tensor).dataSync())
    }
  })

  test('leave nothing of themselves on the device', async () => {
    const x = await toBackend(rhs, device)
    const before = device.memory()?.buffers as number
    add(x, ones([4, 2], 'float32')).dispose()
    expect(device.memory()?.buffers).toBe(before)
  })

  test('data do not: tensors of two backends are an error', async () => {
    const x = await toBackend(rhs, device)
    const data = tensor([1, 2], { dtype: 'float32' })
    expect(await failure(() => add(x, data))).toMatchObject({ code: 'backend' })
    expect(await failure(() => add(x, mul(ones([2], 'float32'), data)))).toMatchObject({ code: 'backend' })
    const labels = oneHot(tensor([0, 1, 0, 1], { dtype: 'int32' }), 2, 'float32')
    expect(await failure(() => add(x, labels))).toMatchObject({ code: 'backend' })
  })
})
