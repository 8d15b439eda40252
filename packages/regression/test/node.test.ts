import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kernelFn } from '@ntk/kernels-analytic'
import { Dense, Erf, serial } from '@ntk/stax'
import { cast, greater, key, normal, slice, type Tensor } from '@ntk/tensor'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kernelClassifier, kernelRegressor } from '../src/index.js'
import { aboutModel, loadModel, saveModel } from '../src/node/index.js'
import { expectNear, refusal } from './support.js'

const net = serial(Dense(1, { wStd: 1.5, bStd: 0.3 }), Erf(), Dense(1))
const x = normal(key(0), [30, 3])
const xTest = normal(key(1), [6, 3])
const y = normal(key(2), [30, 2])
const labels = cast(greater(slice(x, null, 0), 0), 'int32')
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ntk-model-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('a regressor that was written predicts as it did, with deviations, another noise and its likelihood', async () => {
  const path = join(folder, 'regressor')
  const choose = { by: 'marginal-likelihood', iterations: 3 } as const
  const model = await kernelRegressor(net, {
    choose,
    standardize: true,
    get: 'ntk',
    outputScale: 'leave-one-out',
  }).fit(x, y)
  await saveModel(model, path)
  await saveModel(model, path)
  expect((await readdir(folder)).toSorted()).toEqual(['regressor'])
  const again = await loadModel(path)
  if (again.kind !== 'regressor') throw new Error(again.kind)
  const [want, got] = [await model.predict(xTest), await again.predict(xTest)]
  expectNear(got.mean.dataSync(), want.mean.dataSync(), 0)
  expectNear(got.standardDeviation.dataSync(), want.standardDeviation.dataSync(), 1e-12)
  expect(again.logMarginalLikelihood).toBe(model.logMarginalLikelihood)
  expect([again.noise, again.n, again.chosen]).toEqual([model.noise, 30, model.chosen])
  const [a, b] = [await again.withNoise({ diagReg: 1 }), await model.withNoise({ diagReg: 1 })]
  expect(a.logMarginalLikelihood).toBeCloseTo(b.logMarginalLikelihood, 10)
  await saveModel(again, join(folder, 'twice'))
  const twice = await loadModel(join(folder, 'twice'))
  if (twice.kind !== 'regressor') throw new Error(twice.kind)
  expectNear((await twice.predict(xTest, { get: 'mean' })).dataSync(), want.mean.dataSync(), 0)
})

test('a classifier that was written gives the same labels and probabilities', async () => {
  const path = join(folder, 'classifier')
  const options = { diagReg: 0.01, probabilities: 'sampled', key: key(3), samples: 16 } as const
  const model = await kernelClassifier(net, options).fit(x, labels)
  await saveModel(model, path)
  const again = await loadModel(path)
  if (again.kind !== 'classifier') throw new Error(again.kind)
  const [want, got] = [await model.predict(xTest), await again.predict(xTest)]
  expect(got.labels.toNested()).toEqual(want.labels.toNested())
  expectNear(got.probabilities.dataSync(), want.probabilities.dataSync(), 1e-12)
  expect([again.classes, again.calibration]).toEqual([model.classes, model.calibration])
})

test('what is said about a model comes back, and belongs to what its hash is of', async () => {
  const path = join(folder, 'about')
  const model = await kernelRegressor(net, { diagReg: 0.1 }).fit(x, y)
  const about = { classes: ['a', 'b'], scale: { mean: 0.1, none: null }, on: true }
  await saveModel(model, path, { about })
  expect(await aboutModel(path)).toEqual(about)
  expect((await loadModel(path)).n).toBe(30)
  await saveModel(model, path)
  expect(await aboutModel(path)).toBe(null)
  await saveModel(model, path, { about })
  const text = await readFile(join(path, 'model.json'), 'utf8')
  await writeFile(join(path, 'model.json'), text.replace('0.1', '0.2'))
  expect(await refusal(() => aboutModel(path))).toMatch(/^data/)
  for (const wrong of [[1], { x: () => 1 }, { x: [Number.NaN] }, { x: Symbol('x') }, { at: new Date() }]) {
    expect(await refusal(() => saveModel(model, path, { about: wrong }))).toMatch(/^option/)
  }
})

test('models of kernels handed in and of functions come back', async () => {
  const f = kernelFn(net)
  const [k, across] = [await f(x, null, { get: 'nngp' }), await f(xTest, x, { get: 'nngp' })]
  const kTestTest = await f(xTest, null, { get: 'nngp' })
  const handed = await kernelRegressor('precomputed', { diagReg: 0.1 }).fit(k, y)
  await saveModel(handed, join(folder, 'handed'))
  const again = await loadModel(join(folder, 'handed'))
  if (again.kind !== 'regressor') throw new Error(again.kind)
  const want = await handed.predict(across, { kTestTest })
  const got = await again.predict(across, { kTestTest })
  expectNear(got.standardDeviation.dataSync(), want.standardDeviation.dataSync(), 1e-12)
  const own = (a: Tensor, b: Tensor | null): Promise<Tensor> => f(a, b, { get: 'nngp' })
  const byFunction = await kernelRegressor(own, { diagReg: 0.1 }).fit(x, y)
  await saveModel(byFunction, join(folder, 'function'))
  expect(await refusal(() => loadModel(join(folder, 'function')))).toMatch(/^option: .*"kernel"/)
  const back = await loadModel(join(folder, 'function'), { kernel: own })
  if (back.kind !== 'regressor') throw new Error(back.kind)
  expectNear((await back.predict(xTest, { get: 'mean' })).dataSync(), want.mean.dataSync(), 1e-12)
})

test('a folder that is damaged, or no model, is refused by the name of the file', async () => {
  const path = join(folder, 'damaged')
  await saveModel(await kernelRegressor(net, { diagReg: 0.1 }).fit(x, y), path)
  const [manifest, solution] = [join(path, 'model.json'), join(path, 'solution.npy')]
  const [text, bytes] = [await readFile(manifest, 'utf8'), await readFile(solution)]
  const flipped = Buffer.from(bytes)
  flipped[flipped.length - 3] = (flipped[flipped.length - 3] as number) ^ 1
  await writeFile(solution, flipped)
  expect(await refusal(() => loadModel(path))).toMatch(/^data: .*solution\.npy is damaged.*hash/)
  await writeFile(solution, bytes)
  await writeFile(manifest, text.replace(/"variance": \d/, '"variance": 9'))
  expect(await refusal(() => loadModel(path))).toMatch(/^data: .*model\.json is damaged.*hash/)
  await writeFile(manifest, text.slice(0, 40))
  expect(await refusal(() => loadModel(path))).toMatch(/^data: .*no JSON/)
  await writeFile(manifest, text)
  await rm(join(path, 'x.npy'))
  expect(await refusal(() => loadModel(path))).toMatch(/^data: .*x\.npy/)
  expect(await refusal(() => loadModel(join(folder, 'nowhere')))).toMatch(/^file: /)
  await writeFile(join(folder, 'file'), 'mine')
  const model = await kernelRegressor(net, { diagReg: 0.1 }).fit(x, y)
  expect(await refusal(() => saveModel(model, join(folder, 'file')))).toMatch(/^conflict: /)
  expect(await refusal(() => saveModel({} as never, path))).toMatch(/^value: .*fit/)
})
