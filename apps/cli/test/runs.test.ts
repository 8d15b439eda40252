import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NtkError } from '@ntk/tensor'
import { parquetReadObjects } from 'hyparquet'
import { beforeEach, describe, expect, it } from 'vitest'
import { silentProgress } from '../src/progress/create.js'
import { type FileOps, nodeFileOps, writeAtomic } from '../src/runs/atomic.js'
import { createRun, openRun, type RunDirectory, runId } from '../src/runs/directory.js'
import { MetricsLog } from '../src/runs/metrics.js'
import { metricsToParquet } from '../src/runs/parquet.js'
import { finishedStages, runStages, type Stage } from '../src/runs/stages.js'

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

/** A stage that adds one to the first byte of another stage's file, and counts how often it ran. */
function counting(name: string, runs: string[], from?: string): Stage {
  return {
    name,
    title: `making ${name}`,
    async run({ result }) {
      runs.push(name)
      const before = from === undefined ? 0 : (result(from).files['x.bin']?.[0] ?? 0)
      return { values: { before }, files: { 'x.bin': new Uint8Array([before + 1]) } }
    },
  }
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
    const first = createRun(folder, 'runs', config, now)
    const second = createRun(folder, 'runs', config, now)
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
    run = createRun(folder, 'runs', {}, now)
  })
  const go = (stages: readonly Stage[], of: RunDirectory = run): ReturnType<typeof runStages> =>
    runStages(of, stages, { signal, progress: silentProgress() })

  it('hand results on and are not run again when they are on the disk', async () => {
    const runs: string[] = []
    const stages = [counting('one', runs), counting('two', runs, 'one')]
    const first = await go(stages)
    const again = await go(stages)
    expect(runs).toEqual(['one', 'two'])
    expect(first.result('two').files['x.bin']).toEqual(new Uint8Array([2]))
    expect(again.result('two')).toEqual(first.result('two'))
    expect(again.timings.map((timing) => timing.reused)).toEqual([true, true])
  })

  it('that fail leave the earlier ones to resume from', async () => {
    const runs: string[] = []
    const bad: Stage = {
      name: 'two',
      title: 'failing',
      run: () => Promise.reject(new NtkError('diverged', { what: 'The loss is not finite.' })),
    }
    expect((await failure(() => go([counting('one', runs), bad]))).code).toBe('diverged')
    expect(finishedStages(run, [counting('one', runs), bad])).toEqual(['one'])
    await go([counting('one', runs), counting('two', runs, 'one')])
    expect(runs).toEqual(['one', 'two'])
  })

  it('whose files were damaged run again, and so do those behind them', async () => {
    const runs: string[] = []
    const stages = [counting('one', runs), counting('two', runs, 'one'), counting('three', runs, 'two')]
    await go(stages)
    writeFileSync(run.file('stages', 'two', 'x.bin'), 'damaged')
    await go(stages)
    expect(runs).toEqual(['one', 'two', 'three', 'two', 'three'])
  })

  it('on a full disk are there whole or not at all', async () => {
    const runs: string[] = []
    const big: Stage = {
      name: 'big',
      title: 'big',
      run: async () => ({
        values: {},
        files: { 'a.bin': new Uint8Array(10), 'b.bin': new Uint8Array(1000) },
      }),
    }
    const { run: tight } = openRun(folder, run.path, smallDisk(600))
    const error = await failure(() => go([counting('one', runs), big], tight))
    expect(error.code).toBe('disk')
    expect(error.message).toMatch(/stages.big cannot be written.*disk is full/)
    expect(readdirSync(run.file('stages'))).toEqual(['one'])
  })

  it('are not begun after an abort', async () => {
    const runs: string[] = []
    const controller = new AbortController()
    const stopping: Stage = {
      ...counting('one', runs),
      run: async () => {
        controller.abort()
        return { values: {}, files: {} }
      },
    }
    const work = runStages(run, [stopping, counting('two', runs)], {
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
    const run = createRun(folder, 'runs', {}, now)
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
