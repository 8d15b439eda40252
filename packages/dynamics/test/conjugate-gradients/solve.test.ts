import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kernelFn } from '@ntk/kernels-analytic'
import { Dense, Erf, Relu, serial } from '@ntk/stax'
import {
  cast,
  concatenate,
  eye,
  key,
  matmul,
  mul,
  NtkError,
  normal,
  reshape,
  slice,
  solve,
  type Tensor,
  tensorFromData,
  transpose,
} from '@ntk/tensor'
import { planTiles, walkTiles } from '@ntk/tiles'
import { directory, npyFiles, openDirectory, openNpyFiles } from '@ntk/tiles/node'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type ConjugateGradientsOptions,
  gpInference,
  gradientDescentMse,
  type KernelSource,
  solveByConjugateGradients,
} from '../../src/index.js'
import { worst } from '../helpers.js'

const n = 150
const x = normal(key(0), [n, 6])
const y = normal(key(1), [n, 3])
const kernel = kernelFn(serial(Dense(1, { wStd: 1.4, bStd: 0.1 }), Relu(), Dense(1)))

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'ntk-cg-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** The error of a solve as 'code: message'. */
async function errorOf(
  source: KernelSource,
  labels: Tensor,
  options?: ConjugateGradientsOptions,
): Promise<string> {
  const error: unknown = await solveByConjugateGradients(source, labels, options).then(
    () => 'no error',
    (e: unknown) => e,
  )
  return NtkError.isInstance(error) ? `${error.code}: ${error.message}` : `no NtkError: ${String(error)}`
}

const ntk = await kernel(x, null, { get: 'ntk' })

describe('the solution is that of Cholesky', () => {
  test.each([null, 0, 10, 40, 1000])('with a preconditioner of rank %s', async (rank) => {
    for (const diagReg of [0, 1e-3]) {
      const { solution, residuals, iterations } = await solveByConjugateGradients(ntk, y, { rank, diagReg })
      const want = gpInference(ntk, y, { diagReg })({ kTestTrain: eye(n) }).mean
      expect(worst(solution, want)).toBeLessThan(1e-8)
      expect(residuals).toHaveLength(3)
      for (const residual of residuals) expect(residual).toBeLessThan(1e-10)
      // Of full rank it is the inverse.
      if (rank === 1000) expect(iterations).toBeLessThan(6)
    }
  })

  test('wherever the kernel lies, with `get` where it has names', async () => {
    const root = folder()
    const paths = { nngp: join(root, 'nngp.npy'), ntk: join(root, 'ntk.npy') }
    const both = { get: ['nngp', 'ntk'], tile: 32 } as const
    await kernel(x, null, { ...both, sink: directory(join(root, 'tiles')) })
    await kernel(x, null, { ...both, sink: npyFiles(paths) })
    const one = await kernel(x, null, { get: 'ntk', tile: 70, sink: directory(join(root, 'one')) })
    const want = gpInference(ntk, y)({ kTestTrain: eye(n) }).mean
    const asked: number[][] = []
    const sources: readonly (readonly [KernelSource, ConjugateGradientsOptions])[] = [
      [await openDirectory(join(root, 'tiles')), { get: 'ntk' }],
      [await openNpyFiles(paths), { get: 'ntk' }],
      [one, {}],
      [
        {
          n,
          tile: 64,
          readRows: (start: number, stop: number) => {
            asked.push([start, stop])
            return kernel(slice(x, [start, stop]), x, { get: 'ntk' })
          },
        },
        {},
      ],
    ]
    for (const [source, options] of sources) {
      const { solution } = await solveByConjugateGradients(source, y, { ...options, rank: 20 })
      expect(worst(solution, want)).toBeLessThan(1e-8)
    }
    expect(asked.slice(0, 3)).toEqual([
      [0, 64],
      [64, 128],
      [128, 150],
    ])
    // rows of pivots alone
    expect(asked[3]?.[1]).toBe((asked[3]?.[0] as number) + 1)
  })

  test('with outputs that the kernel couples', async () => {
    const [samples, outputs] = [40, 3]
    const j = normal(key(4), [samples * outputs, 200])
    const matrix = mul(matmul(j, transpose(j)), 1 / 200)
    const coupled = transpose(reshape(matrix, [samples, outputs, samples, outputs]), [0, 2, 1, 3])
    const labels = normal(key(5), [samples, outputs])
    const want = reshape(solve(matrix, reshape(labels, [samples * outputs, 1])), [samples, outputs])
    const result = await walkTiles({
      what: 'A kernel',
      plan: planTiles({ n1: samples, n2: samples, symmetric: true, tile: 16 }),
      arrays: [{ name: 'ntk', over: 'pairs', trailing: [3, 3], exchanged: [[0, 1]], dtype: 'float64' }],
      compute: ({ rows, cols }) => ({
        ntk: slice(coupled, [rows.start, rows.stop], [cols.start, cols.stop]),
      }),
      job: () => ({ what: 'a kernel' }),
      sink: directory(join(folder(), 'tiles')),
    })
    for (const source of [coupled, result]) {
      const { solution, residuals } = await solveByConjugateGradients(source, labels, { rank: 30 })
      expect(worst(solution, want)).toBeLessThan(1e-8)
      expect(residuals).toHaveLength(1)
    }
  })

  test('of labels in any shape and dtype, a label of zeros among them', async () => {
    const labels = concatenate([slice(y, [0, n], [0, 1]), mul(slice(y, [0, n], [0, 1]), 0)], 1)
    const { solution, residuals } = await solveByConjugateGradients(ntk, labels)
    expect(worst(slice(solution, [0, n], 1), tensorFromData(new Float64Array(n), [n]))).toBe(0)
    expect(residuals[1]).toBe(0)
    const flat = await solveByConjugateGradients(ntk, slice(y, [0, n], 0))
    expect(worst(flat.solution, slice(solution, [0, n], 0))).toBeLessThan(1e-8)
    const single = await solveByConjugateGradients(cast(ntk, 'float32'), cast(y, 'float32'), {
      diagReg: 1e-2,
    })
    const double = await solveByConjugateGradients(ntk, y, { diagReg: 1e-2 })
    expect(single.solution.dtype).toBe('float32')
    expect(worst(cast(single.solution, 'float64'), double.solution)).toBeLessThan(1e-4)
  })
})

test('a solution predicts what training ends on and what a Gaussian process has seen', async () => {
  const kTestTrain = await kernel(normal(key(2), [5, 6]), x, { get: 'ntk' })
  const options = { diagReg: 1e-3 }
  const { solution } = await solveByConjugateGradients(ntk, y, options)
  const mean = matmul(kTestTrain, solution)
  expect(worst(mean, gpInference(ntk, y, options)({ kTestTrain }).mean)).toBeLessThan(1e-9)
  expect(worst(mean, gradientDescentMse(ntk, y, options)({ kTestTrain }).test)).toBeLessThan(1e-9)
})

test('rank saves iterations where the spectrum falls fast, and progress tells of each', async () => {
  const line = tensorFromData(
    new Float64Array(n).map((_, i) => (2 * i) / n - 1),
    [n, 1],
  )
  const smooth = await kernelFn(serial(Dense(1, { wStd: 1.4, bStd: 0.1 }), Erf(), Dense(1)))(line, null, {
    get: 'ntk',
  })
  const options = { diagReg: 1e-4 }
  const told: number[] = []
  const without = await solveByConjugateGradients(smooth, y, { ...options, rank: null })
  const { iterations } = await solveByConjugateGradients(smooth, y, {
    ...options,
    rank: 40,
    onProgress: ({ done, total, residual }) => {
      expect(total).toBeNull()
      expect(residual).toBeGreaterThan(0)
      told.push(done)
    },
  })
  expect(told).toEqual(Array.from({ length: iterations }, (_, i) => i + 1))
  expect(4 * iterations).toBeLessThan(without.iterations)
})

describe('what cannot be solved is an error by name', () => {
  const changed = (at: number, to: number): Tensor => {
    const data = Float64Array.from(ntk.dataSync())
    data[at] = to
    return tensorFromData(data, [n, n])
  }

  test('no convergence: too few iterations, or a tolerance below rounding', async () => {
    expect(await errorOf(ntk, y, { rank: 0, maxIterations: 3 })).toMatch(
      /^no-convergence: .*tolerance 1e-10 after 3 iterations.*relative residual of .*diagReg or rank/,
    )
    expect(await errorOf(ntk, y, { tolerance: 1e-30 })).toMatch(/^no-convergence: .*rounding/)
  })

  test('kernels that are none', async () => {
    expect(await errorOf(changed(5 * n + 5, -1), y)).toMatch(/^not-positive-definite: .*at \[5, 5\]/)
    expect(await errorOf(mul(ntk, 0), y)).toMatch(/^not-positive-definite: .*The kernel is 0/)
    // [[1, 2], [2, 1]] in blocks has the eigenvalue -1
    const bent = matmul(normal(key(8), [n, n]), eye(n))
    const symmetric = mul(matmul(bent, transpose(bent)), -1 / n)
    const indefinite = tensorFromData(
      Float64Array.from(symmetric.dataSync(), (v, i) => (i % (n + 1) === 0 ? 0.5 : v)),
      [n, n],
    )
    expect(await errorOf(indefinite, y)).toMatch(/^not-positive-definite: .*pᵀ K p/)
    expect(await errorOf(changed(7 * n + 3, 1e3), y)).toMatch(/^value: .*symmetric/)
    expect(await errorOf(changed(7 * n + 3, Number.NaN), y)).toMatch(/^not-finite: /)
  })

  test('shapes, names and results that do not fit', async () => {
    expect(await errorOf(slice(ntk, [0, 5]), y)).toMatch(/^shape: .*\[n, n\]/)
    expect(await errorOf(ntk, slice(y, [0, 5]))).toMatch(/^shape: yTrain/)
    expect(await errorOf(ntk, y, { get: 'ntk' })).toMatch(/^option: .*Leave it out/)
    expect(await errorOf({ n, readRows: () => ntk }, y, {})).toMatch(/^shape: Rows of the kernel/)
    const path = join(folder(), 'tiles')
    const half = { tile: 64, sink: directory(path), shard: '1/2' }
    const part = await kernel(x, null, { get: ['nngp', 'ntk'], ...half })
    expect(await errorOf(part, y)).toMatch(/^option: .*nngp, ntk.*\{ get: 'ntk' \}/)
    expect(await errorOf(part, y, { get: 'ntk' })).toMatch(/^data: .*missing/)
    expect(await errorOf([] as never, y)).toMatch(/^value: /)
    expect(await errorOf(ntk, y, { signal: AbortSignal.abort() })).toMatch(/^aborted: /)
  })
})
