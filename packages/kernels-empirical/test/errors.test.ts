import {
  type Apply,
  type CallOptions,
  empiricalKernelFn,
  empiricalNtkFn,
  empiricalNtkVpFn,
  monteCarloKernelFn,
  type NtkOptions,
} from '@ntk/kernels-empirical'
import { key, mul, NtkError, reshape, slice, sum, type Tensor, take, tensor, zeros } from '@ntk/tensor'
import { expect, test } from 'vitest'
import { draw, networks, type Params } from './networks.js'

const [network] = networks as [(typeof networks)[number]]
const { x, params } = draw(network, 4)

const run = async (
  options: NtkOptions,
  x1: Tensor = x,
  x2: Tensor | null = null,
  call?: CallOptions,
  p: Params = params,
): Promise<Tensor> => empiricalNtkFn(network.apply, options)(x1, x2, p, call)

test.each<[string, () => Promise<unknown>, string, RegExp]>([
  [
    'a traced axis that does not exist',
    () => run({ traceAxes: [2] }),
    'axis',
    /traceAxes needs an axis in \[-2, 1\]/,
  ],
  [
    'the sample axis as a diagonal one',
    () => run({ diagonalAxes: [0] }),
    'axis',
    /other than its sample axis 0/,
  ],
  [
    'an axis both traced and diagonal',
    () => run({ traceAxes: [1], diagonalAxes: [-1] }),
    'axis',
    /at most once/,
  ],
  ['one traced axis', () => run({ traceAxes: -1 as never }), 'option', /Got -1\. Write \[-1\]\./],
  [
    'a key by position',
    async () => monteCarloKernelFn(() => ({ params }), network.apply, key(0) as never),
    'option',
    /takes its options by name.*Write \{ key: \.\.\. \}/,
  ],
  [
    'a name by position',
    () => empiricalKernelFn(network.apply)(x, null, params, 'ntk' as never),
    'option',
    /Write \{ get: "ntk" \}/,
  ],
  [
    'no parameters',
    () => empiricalNtkFn(network.apply)(x, null, undefined as never),
    'value',
    /needs the parameters.*Write \(x1, null, params\)/,
  ],
  [
    'a list for a vector',
    async () => empiricalNtkVpFn(network.apply)(x, null, params)([1, 2] as never),
    'value',
    /vector of an NTK-vector product must be a tensor\. Got \[1,2\]/,
  ],
  ['samples of different shapes', () => run({}, x, zeros([2, 5])), 'shape', /one shape and dtype/],
  ['samples of different dtypes', () => run({}, x, zeros([2, 4], 'float32')), 'dtype', /float32/],
  ['no samples', () => run({}, zeros([0, 4])), 'shape', /at least one sample/],
  [
    'parameters of the wrong shape',
    () => run({}, x, null, {}, [zeros([5, 6]), ...params.slice(1)]),
    'shape',
    /dotGeneral/,
  ],
  ['parameters that are no tensors', () => run({}, x, null, {}, [3 as never]), 'tree', /tree\[0\]/],
  [
    'an unknown implementation',
    () => run({ implementation: 'fast' as never }),
    'option',
    /structured-derivatives/,
  ],
  ['a tile of zero', () => run({}, x, null, { tile: 0 }), 'option', /tile/],
  ['a filter that keeps no parameter', () => run({ parameters: () => false }), 'option', /\[0\], \[1\]/],
  [
    'outputs without a row a sample',
    () => empiricalNtkFn((p: Tensor, rows: Tensor) => sum(mul(rows, p)))(x, null, tensor(1)),
    'shape',
    /a row for each of 4/,
  ],
  [
    'structured derivatives of outputs without parameters',
    () =>
      empiricalNtkFn((_: Tensor, rows: Tensor) => rows, { implementation: 'structured-derivatives' })(
        x,
        null,
        tensor(1),
      ),
    'unsupported',
    /jacobian-contraction/,
  ],
  [
    'a Monte Carlo estimate of no samples',
    async () => monteCarloKernelFn(() => ({ params }), network.apply, { key: { words: [0, 0] }, samples: 0 }),
    'option',
    /samples/,
  ],
])('%s is a named error', async (_, fail, code, message) => {
  const error: unknown = await fail().then(
    () => null,
    (e: unknown) => e,
  )
  expect(NtkError.isInstance(error)).toBe(true)
  expect((error as NtkError).code).toBe(code)
  expect((error as NtkError).message).toMatch(message)
})

test.each(['jacobian-contraction', 'ntk-vector-products', 'structured-derivatives'] as const)(
  'NaN in a sample is an error that names the rows: %s',
  async (implementation) => {
    const rows = x.toNested() as number[][]
    const broken = tensor(rows.map((row, i) => (i === 3 ? row.map(() => Number.NaN) : row)))
    await expect(run({ implementation }, broken, null, { tile: 2 })).rejects.toThrow(
      /NaN or infinity between samples 0 to 1 and 2 to 3/,
    )
  },
)

test('a kernel in parameters that outputs do not depend on is zero', async () => {
  const apply: Apply<readonly Tensor[]> = ([w], rows) => mul(rows, w as Tensor)
  const kernel = await empiricalNtkFn(apply, { parameters: (path) => path === '[1]' })(x, null, [
    tensor(2),
    tensor(3),
  ])
  expect(Math.max(...kernel.dataSync())).toBe(0)
})

test('progress counts pairs, and a signal stops between them', async () => {
  const controller = new AbortController()
  const seen: string[] = []
  const stopped = run({}, x, null, {
    tile: 2,
    signal: controller.signal,
    onProgress: ({ done, total }) => {
      seen.push(`${done}/${total}`)
      if (done === 8) controller.abort()
    },
  })
  await expect(stopped).rejects.toMatchObject({ code: 'aborted' })
  expect(seen).toEqual(['4/12', '8/12'])
})

test('a timer fires between blocks', async () => {
  const controller = new AbortController()
  setTimeout(() => controller.abort(), 0)
  const many = take(x, tensor(new Array(64).fill(1), { dtype: 'int32' }), 0)
  await expect(run({}, many, null, { tile: 1, signal: controller.signal })).rejects.toMatchObject({
    code: 'aborted',
  })
})

test('rows of one sample are fine', async () => {
  const one = await run({}, slice(x, [0, 1]))
  expect(reshape(one, [3, 3]).toNested()).toEqual(
    reshape(slice(await run({}, x, null, { tile: 1 }), [0, 1], [0, 1]), [3, 3]).toNested(),
  )
})
