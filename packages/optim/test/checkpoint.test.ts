/** Training that is stopped, killed or given other files, and goes on from what it kept. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { treeLeaves, treeMap } from '@ntk/autodiff'
import { linearizedModel, momentum, sgd, TrainingStopped, type TrainOptions, train } from '@ntk/optim'
import { fileCheckpoint } from '@ntk/optim/node'
import { Dense, type Params, serial } from '@ntk/stax'
import {
  createCpuBackend,
  key,
  mul,
  NtkError,
  normal,
  ones,
  sqrt,
  type Tensor,
  toBackend,
  toHost,
} from '@ntk/tensor'
import { readSafetensors } from '@ntk/tensor/node'
import { afterAll, expect, test } from 'vitest'
import { type OptimizerName, optimizers, options, run } from './fixtures/runs.js'

const folder = mkdtempSync(join(tmpdir(), 'ntk-train-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newPath = (): string => join(folder, `${files++}.safetensors`)

/** Everything of a result as plain data. */
const plain = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) =>
    typeof v === 'object' && v !== null && 'dataSync' in v ? Array.from((v as Tensor).dataSync()) : v,
  )

const names = Object.keys(optimizers) as OptimizerName[]

test.each(names)('stopped at any step, %s goes on to the same numbers and the same file', async (name) => {
  const whole = newPath()
  const expected = await run(whole, name)
  for (const stop of [1, 7, 20]) {
    const path = newPath()
    const controller = new AbortController()
    const stopped = train({
      ...options,
      optimizer: optimizers[name],
      checkpoint: fileCheckpoint(path),
      signal: controller.signal,
      onProgress: ({ done }) => done === stop && controller.abort(),
    })
    await expect(stopped).rejects.toMatchObject({ code: 'aborted', state: { step: stop } })
    const seen: number[] = []
    const result = await run(path, name, (done) => seen.push(done))
    expect(seen[0]).toBe(stop + 1)
    expect(plain(result)).toBe(plain(expected))
    expect(readFileSync(path).equals(readFileSync(whole))).toBe(true)
  }
})

/** The steps that a process says it made; `stop` is asked after each, and kills it. */
function child(path: string, stop: (steps: readonly number[]) => boolean): Promise<readonly number[]> {
  const started: ChildProcess = spawn(
    process.execPath,
    [
      '--conditions=@ntk/source',
      '--import',
      'tsx',
      join(import.meta.dirname, 'fixtures/train-child.ts'),
      path,
      'chain',
    ],
    // One engine for all processes: another rounds otherwise, and bytes are compared.
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NTK_BLAS: 'off' } },
  )
  const steps: number[] = []
  started.stdout?.on('data', (text: Buffer) => {
    for (const [, step] of text.toString().matchAll(/step (\d+)/g)) {
      steps.push(Number(step))
      if (stop(steps)) started.kill('SIGKILL')
    }
  })
  return new Promise((resolve, reject) => {
    started.on('error', reject)
    started.on('exit', () => resolve(steps))
  })
}

test('killed twice, a process leaves the bytes of one that was not', async () => {
  const [whole, path] = [newPath(), newPath()]
  expect(await child(whole, () => false)).toHaveLength(40)
  let first = 0
  for (const moment of [5, 22]) {
    const steps = await child(path, (made) => (made.at(-1) as number) >= moment)
    expect(steps[0]).toBeGreaterThan(first)
    first = (steps[0] as number) - 1
  }
  const last = await child(path, () => false)
  expect(last[0]).toBeGreaterThan(1)
  expect(last.at(-1)).toBe(40)
  expect(readFileSync(path).equals(readFileSync(whole))).toBe(true)
}, 600_000)

test('a run that is finished does nothing when it is asked for again, and goes on where more steps are asked for', async () => {
  const path = newPath()
  const steps: number[] = []
  const first = await run(path, 'momentum', undefined, 14)
  const again = await run(path, 'momentum', (done) => steps.push(done), 14)
  expect(steps).toEqual([])
  expect(plain(again)).toBe(plain(first))
  const more = await run(path, 'momentum', (done) => steps.push(done), 28)
  expect(steps[0]).toBe(15)
  expect(plain(more)).toBe(plain(await run(newPath(), 'momentum', undefined, 28)))
})

test('what a killed process left of a file is taken away, and other files are not', async () => {
  const path = newPath()
  const [part, other] = [`${path}.6a8c2d52-5d0c-4bb1-8f9d-2f5f0f6f5a11.tmp`, `${path}.mine.tmp`]
  for (const file of [part, other]) writeFileSync(file, 'x')
  await run(path, 'sgd', undefined, 2)
  expect([existsSync(part), existsSync(other), existsSync(path)]).toEqual([false, true, true])
})

test('a checkpoint is a safetensors file that names its tensors by their paths', async () => {
  const path = newPath()
  await run(path, 'adam', undefined, 7)
  const { tensors, metadata } = await readSafetensors(path)
  expect(Object.keys(tensors)).toEqual(
    expect.arrayContaining([
      'params[0].w',
      'params[2].w',
      'optimizer[0].count',
      'optimizer[0].mu[0].w',
      'optimizer[1]',
    ]),
  )
  expect([metadata.step, tensors['optimizer[0].count']?.item()]).toEqual(['7', 7])
})

test('on a device it goes on to the numbers of the host, and holds no more after many checkpoints', async () => {
  const device = createCpuBackend({ memory: 'owned' })
  const base = { ...options, augment: undefined, measure: undefined }
  const placed = await toBackend({ x: options.x, y: options.y, params: options.params }, device)
  const path = newPath()
  const held: number[] = []
  const there = { ...base, ...placed, outputs: false, checkpoint: fileCheckpoint(path), checkpointEvery: 1 }
  const onProgress = (): number => held.push(device.memory()?.buffers ?? Number.NaN)
  await train({ ...there, steps: 20, onProgress })
  expect(held.at(-1)).toBe(held[8])
  const { params } = await train(there)
  expect(treeLeaves(params).every((leaf) => (leaf as Tensor).backend === device)).toBe(true)
  const host = await train({ ...base, outputs: false })
  expect(plain(await toHost(params))).toBe(plain(host.params))
})

const done = newPath()
const base: TrainOptions<Params<Tensor>> = { ...options, optimizer: momentum(0.05), steps: 4 }
const keep = async (): Promise<void> => {
  if (!existsSync(done)) await train({ ...base, checkpoint: fileCheckpoint(done) })
}
const other = serial(Dense(3))

test.each<[string, Partial<TrainOptions<Params<Tensor>>>, RegExp]>([
  ['network', { apply: other.apply, params: other.init(key(0), [-1, 5]).params }, /its params differ/],
  ['start', { params: treeMap((p: Tensor) => mul(p, 1.5), options.params) }, /its params differ/],
  [
    'function',
    { apply: linearizedModel(options.apply, options.params).apply },
    /another function of the same parameters/,
  ],
  ['optimizer', { optimizer: sgd(0.05) }, /its optimizer differ.*sgd|gradientDescent/],
  ['learning rate', { optimizer: momentum(0.06) }, /0\.06.*and there.*0\.05/],
  ['batch size', { batchSize: 4 }, /its batchSize differ.*4, and there 8/],
  ['key', { key: key(9) }, /its key differ/],
  ['data', { x: normal(key(77), [20, 5]) }, /its x differ/],
])('a checkpoint of another %s is refused, and left as it is', async (_, change, message) => {
  await keep()
  const before = readFileSync(done)
  const promise = train({ ...base, ...change, checkpoint: fileCheckpoint(done) })
  await expect(promise).rejects.toThrow(message)
  await expect(promise).rejects.toMatchObject({ code: 'conflict' })
  expect(readFileSync(done).equals(before)).toBe(true)
})

test('a truncated file, and one that is no checkpoint, are errors by name', async () => {
  await keep()
  const bytes = readFileSync(done)
  for (const [content, message] of [
    [bytes.subarray(0, bytes.length - 3), /not a whole safetensors file/],
    [bytes.subarray(0, 100), /not a whole safetensors file/],
    [Buffer.from(''), /not a whole safetensors file/],
    [Buffer.from(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d)), /no whole checkpoint of train/],
  ] as const) {
    const path = newPath()
    writeFileSync(path, content)
    const promise = train({ ...base, checkpoint: fileCheckpoint(path) })
    await expect(promise).rejects.toThrow(message)
    await expect(promise).rejects.toMatchObject({ code: 'data' })
  }
})

test('parameters that are not finite are not kept over those that are', async () => {
  const path = newPath()
  // The derivative of the root at zero is infinite, and times zero NaN, where the loss is finite.
  const apply = (p: Tensor, x: Tensor): Tensor => mul(x, sqrt(p))
  const start = {
    apply,
    params: ones([1]),
    x: ones([2, 1]),
    y: ones([2, 1]),
    optimizer: sgd(1),
    at: [],
    steps: 3,
  }
  const bad = { ...start, params: mul(ones([1]), 0), checkpoint: fileCheckpoint(path), checkpointEvery: 1 }
  const error: unknown = await train(bad).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(TrainingStopped)
  expect(error).toMatchObject({
    code: 'diverged',
    message: expect.stringMatching(/the tensor holds .* after step 1/),
  })
  expect(existsSync(path)).toBe(false)
  await expect(train({ ...start, params: mul(ones([1]), 0), steps: 1 })).rejects.toMatchObject({
    code: 'diverged',
  })
})

test('a checkpoint goes before a start, and a folder that is not there is an error by name', async () => {
  await expect(
    train({ ...base, checkpoint: fileCheckpoint(join(folder, 'no', 'x')) }),
  ).rejects.toBeInstanceOf(NtkError)
  const path = newPath()
  const start = await train({ ...base, steps: 2 })
  const steps: number[] = []
  const onProgress = ({ done: now }: { readonly done: number }): number => steps.push(now)
  for (let i = 0; i < 2; i++) await train({ ...base, start, checkpoint: fileCheckpoint(path), onProgress })
  expect(steps).toEqual([3, 4])
  expect(() => fileCheckpoint(1 as never)).toThrow(/path of fileCheckpoint/)
  expect(readdirSync(folder).filter((file) => file.endsWith('.tmp') && !file.includes('mine'))).toEqual([])
})
