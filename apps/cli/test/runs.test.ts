import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NtkError, type Tensor, tensorFromData } from '@ntk/tensor'
import { parquetReadObjects } from 'hyparquet'
import { beforeEach, describe, expect, it } from 'vitest'
import { finishedStages, runStages } from '../src/experiment/run-stages.js'
import { type Stage, stage } from '../src/experiment/stage.js'
import type { Io } from '../src/frame/io.js'
import { silentProgress } from '../src/progress/create.js'
import { type FileOps, nodeFileOps, writeAtomic } from '../src/runs/atomic.js'
import { createRun, openRun, type RunDirectory, runId } from '../src/runs/directory.js'
import { MetricsLog } from '../src/runs/metrics.js'
import { metricsToParquet } from '../src/runs/parquet.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ntk-runs-'))
})

const now = new Date('2026-01-02T03:04:05.678Z')
const signal = new AbortController().signal

/** A disk that takes `room` bytes and then is full, half-way through a write like a real one. */
function smallDisk(room: number): FileOps {
  let left = room
  return {
    ...nodeFileOps,
    write(file, bytes) {
      if (left <= 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
      const part = bytes.subarray(0, Math.min(left, Math.max(1, bytes.length >> 1)))
      left -= part.length
      return nodeFileOps.write(file, part)
    },
  }
}

async function failure(work: () => unknown): Promise<NtkError> {
  try {
    await work()
  } catch (error) {
    if (NtkError.isInstance(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

interface Counted {
  readonly values: { readonly before: number }
  readonly arrays: { readonly x: Tensor }
}

/** A stage that adds one to the number of another stage, and counts how often it ran. */
function counting(name: string, runs: string[], from: Stage<Counted> | null = null): Stage<Counted> {
  return stage({
    name,
    title: `making ${name}`,
    needs: { from },
    async run(inputs) {
      runs.push(name)
      const before = inputs.from?.arrays.x.dataSync()[0] ?? 0
      return { values: { before }, arrays: { x: tensorFromData(new Float64Array([before + 1]), [1]) } }
    },
  })
}

describe('an atomic write', () => {
  it('puts a whole file in place and leaves no temporary file', () => {
    writeAtomic(join(folder, 'a.txt'), 'hello')
    writeAtomic(join(folder, 'a.txt'), new Uint8Array([104, 105]))
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('hi')
    expect(readdirSync(folder)).toEqual(['a.txt'])
  })

  it('on a full disk keeps the older file, removes the part and says so', async () => {
    const path = join(folder, 'a.txt')
    writeAtomic(path, 'old')
    const error = await failure(() => writeAtomic(path, 'much longer than there is room for', smallDisk(10)))
    expect(error.code).toBe('disk')
    expect(error.message).toMatch(/the disk is full \(ENOSPC\)/)
    expect(error.fix).toMatch(/Make room/)
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(readdirSync(folder)).toEqual(['a.txt'])
  })

  it('into a folder that does not exist is a disk error, not a crash', async () => {
    const error = await failure(() => writeAtomic(join(folder, 'no', 'a.txt'), 'x'))
    expect(error.message).toMatch(/the folder does not exist/)
  })
})

describe('a run folder', () => {
  it('is named by time and config, whatever the order of keys', () => {
    expect(runId({ a: 1, b: [2] }, now)).toBe(runId({ b: [2], a: 1 }, now))
    expect(runId({ a: 1 }, now)).toMatch(/^20260102-030405-[0-9a-f]{6}$/)
    expect(runId({ a: 1 }, now)).not.toBe(runId({ a: 2 }, now))
  })

  it('does not overwrite a run of the same second and gives the config back', () => {
    const config = { seed: 3, network: { hidden: [4, 4], bStd: null } }
    const first = createRun(folder, 'runs', { experiment: 'test', config }, now)
    const second = createRun(folder, 'runs', { experiment: 'test', config }, now)
    expect(second.id).toBe(`${first.id}-2`)
    expect(openRun(folder, first.shown).config).toEqual(config)
  })

  it('that is none is an error that says what is there', async () => {
    expect((await failure(() => openRun(folder, 'nowhere'))).got).toMatch(/does not exist/)
    expect((await failure(() => openRun(folder, '.'))).got).toMatch(/without a readable config/)
  })
})

describe('stages', () => {
  let run: RunDirectory
  beforeEach(() => {
    run = createRun(folder, 'runs', { experiment: 'test', config: {} }, now)
  })
  const io: Io = { stdout: { write: () => {} }, stderr: { write: () => {} }, env: {}, cwd: folder, signal }
  const go = (stages: readonly Stage[], of: RunDirectory = run): ReturnType<typeof runStages> =>
    runStages(of, stages, finishedStages(of, stages), { io, signal, progress: silentProgress() })
  const finished = (stages: readonly Stage[]): string[] => [...finishedStages(run, stages).keys()]

  it('hand results on and are not run again when they are on the disk', async () => {
    const runs: string[] = []
    const one = counting('one', runs)
    const two = counting('two', runs, one)
    const stages = [one, two]
    const first = await go(stages)
    const again = await go(stages)
    expect(runs).toEqual(['one', 'two'])
    expect([...first.result(two).arrays.x.dataSync()]).toEqual([2])
    expect([...again.result(two).arrays.x.dataSync()]).toEqual([2])
    expect(again.result(two).values).toEqual(first.result(two).values)
    expect(again.timings.map((timing) => timing.reused)).toEqual([true, true])
  })

  it('that fail leave the earlier ones to resume from', async () => {
    const runs: string[] = []
    const one = counting('one', runs)
    const bad = stage({
      name: 'two',
      title: 'failing',
      run: () => Promise.reject(new NtkError('diverged', { what: 'The loss is not finite.' })),
    })
    expect((await failure(() => go([one, bad]))).code).toBe('diverged')
    expect(finished([one, bad])).toEqual(['one'])
    await go([one, counting('two', runs, one)])
    expect(runs).toEqual(['one', 'two'])
  })

  it('whose files were damaged run again, and so do those behind them', async () => {
    const runs: string[] = []
    const one = counting('one', runs)
    const two = counting('two', runs, one)
    const stages = [one, two, counting('three', runs, two), counting('other', runs, one)]
    await go(stages)
    writeFileSync(run.file('stages', 'two', 'x.npy'), 'damaged')
    await go(stages)
    // The one that needs nothing of them does not.
    expect(runs).toEqual(['one', 'two', 'three', 'other', 'two', 'three'])
  })

  it('that need another stage than before run again', async () => {
    const runs: string[] = []
    const one = counting('one', runs)
    const other = counting('other', runs)
    await go([one, other, counting('two', runs, one)])
    await go([one, other, counting('two', runs, other)])
    expect(runs).toEqual(['one', 'other', 'two', 'two'])
  })

  it('keep numbers that are not finite', async () => {
    const values = {
      list: [Number.NaN, Number.POSITIVE_INFINITY, -1],
      nested: { low: Number.NEGATIVE_INFINITY },
    }
    const odd = stage({ name: 'odd', title: 'odd', run: async () => ({ values, arrays: {} }) })
    await go([odd])
    const again = await go([odd])
    expect(again.timings[0]?.reused).toBe(true)
    expect(again.result(odd).values).toEqual(values)
  })

  it('on a full disk are there whole or not at all', async () => {
    const runs: string[] = []
    const zeros = (n: number): Tensor => tensorFromData(new Float64Array(n), [n])
    const big = stage({
      name: 'big',
      title: 'big',
      run: async () => ({ values: {}, arrays: { a: zeros(1), b: zeros(1000) } }),
    })
    const { run: tight } = openRun(folder, run.path, smallDisk(2000))
    const error = await failure(() => go([counting('one', runs), big], tight))
    expect(error.code).toBe('disk')
    expect(error.message).toMatch(/stages.big cannot be written.*disk is full/)
    expect(readdirSync(run.file('stages'))).toEqual(['one'])
  })

  it('are not begun after an abort', async () => {
    const runs: string[] = []
    const controller = new AbortController()
    const stopping = stage({
      name: 'one',
      title: 'stopping',
      run: async () => {
        controller.abort()
        return { values: {}, arrays: {} }
      },
    })
    const work = runStages(run, [stopping, counting('two', runs)], new Map(), {
      io,
      signal: controller.signal,
      progress: silentProgress(),
    })
    expect((await failure(() => work)).code).toBe('aborted')
    expect(runs).toEqual([])
    expect(existsSync(run.file('stages', 'one', 'stage.json'))).toBe(true)
  })
})

describe('metrics', () => {
  it('survive a line cut short and drop rows of stages that will run again', () => {
    const run = createRun(folder, 'runs', { experiment: 'test', config: {} }, now)
    const log = new MetricsLog(run)
    log.append([
      { stage: 'one', step: 0, loss: 0.5 },
      { stage: 'two', step: 0, loss: Number.NaN },
    ])
    appendFileSync(run.file('metrics.jsonl'), '{"stage":"two","st')
    expect(log.rows()).toEqual([
      { stage: 'one', step: 0, loss: 0.5 },
      { stage: 'two', step: 0, loss: null },
    ])
    expect(new MetricsLog(run, ['one']).rows()).toEqual([{ stage: 'one', step: 0, loss: 0.5 }])
  })

  it('are put in the order of their stages', () => {
    const run = createRun(folder, 'runs', { experiment: 'test', config: {} }, now)
    const log = new MetricsLog(run)
    const row = (name: string, step: number): { stage: string; step: number } => ({ stage: name, step })
    log.append([row('two', 0), row('one', 0), row('one', 1), row('two', 1)])
    log.order(['one', 'two'])
    expect(log.rows()).toEqual([row('one', 0), row('one', 1), row('two', 0), row('two', 1)])
  })

  it('read back from Parquet as they were written', async () => {
    const rows = [
      { stage: 'train', curve: 'network', step: 0, loss: 1 },
      { stage: 'train', curve: 'network', step: 10, loss: 1 / 3 },
      { stage: 'train', curve: 'linearized', step: 10, loss: null, accuracy: 0.5 },
    ]
    const bytes = metricsToParquet(rows)
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
    const back = await parquetReadObjects({ file })
    expect(back).toEqual([
      { stage: 'train', curve: 'network', step: 0, loss: 1, accuracy: null },
      { stage: 'train', curve: 'network', step: 10, loss: 1 / 3, accuracy: null },
      { stage: 'train', curve: 'linearized', step: 10, loss: null, accuracy: 0.5 },
    ])
  })
})
