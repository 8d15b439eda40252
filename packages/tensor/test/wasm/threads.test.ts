import { availableParallelism } from 'node:os'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { DualStep, StackStep } from '../../src/composites/contracts.js'
import { binary, dualStack, gemm, setThreads, syrk, threadReport, unary } from '../../src/cpu/wasm/index.js'
import { openPool } from '../../src/cpu/wasm/pool.js'
import { poolFor } from '../../src/cpu/wasm/threads.js'
import { differences, random } from './matrices.js'

afterEach(() => setThreads('auto'))

/** Everything that threads take part in, at sizes that are split. */
function everything(make: typeof Float64Array | typeof Float32Array): (Float64Array | Float32Array)[] {
  const [m, n, k] = [331, 405, 520]
  const a = { data: make.from(random(m * k, 1)), offset: 0, ld: k }
  const b = { data: make.from(random(k * n, 2)), offset: 0, ld: n }
  const c = new make(m * n).fill(3)
  gemm(m, n, k, 0.5, a, b, 2, { data: c, offset: 0, ld: n })
  const gram = new make(m * m)
  syrk(m, k, 1, a, 0, { data: gram, offset: 0, ld: m })
  const size = 400_001
  const x = make.from(random(size, 3))
  const tanh = new make(size)
  unary('tanh', x, 0, tanh, 0, size)
  const angle = new make(size)
  binary('atan2', x, tanh, angle, size)
  const affine: DualStep = { kind: 'affine', wVar: 1.5, bVar: 0.1 }
  const relu: DualStep = { kind: 'abRelu', a: 0, b: 1 }
  const [rows, cols] = [301, 999]
  const nngp = make.from(random(rows * cols, 4))
  const ntk = new make(rows * cols)
  const steps = [affine, relu, affine, relu, affine]
  const stops = Array.from({ length: 4 }, () => new make(rows * cols))
  const stopped: StackStep[] = [affine, relu, { kind: 'stop' }, affine, relu, affine, { kind: 'stop' }]
  const [own, theta] = [nngp.slice(), ntk.slice()]
  dualStack(stopped, own, new make(rows).fill(1), new make(cols).fill(1), theta, rows, cols, stops)
  dualStack(steps, nngp, new make(rows).fill(1), new make(cols).fill(1), ntk, rows, cols)
  return [c, gram, tanh, angle, nngp, ntk, own, theta, ...stops]
}

const kinds = [
  { name: 'float64', make: Float64Array },
  { name: 'float32', make: Float32Array },
] as const

describe.each(kinds)('threads in $name', ({ make }) => {
  it('change no bit of any result, for any number of them', () => {
    setThreads(1)
    const alone = everything(make)
    expect(threadReport().threads).toBe(1)
    for (const threads of [2, 3]) {
      setThreads(threads)
      const together = everything(make)
      expect(threadReport()).toEqual({ threads, reason: 'as asked' })
      for (const [i, want] of alone.entries()) expect(differences(together[i] ?? [], want)).toBe(0)
      // once more, now that every thread has surely started
      const again = everything(make)
      for (const [i, want] of alone.entries()) expect(differences(again[i] ?? [], want)).toBe(0)
    }
  })
})

describe('the automatic choice', () => {
  it('says what it decided, and starts nothing for small jobs', () => {
    setThreads('auto')
    const one = new Float64Array(10)
    unary('exp', one, 0, one, 0, 10)
    expect(threadReport()).toEqual({
      threads: 1,
      reason: 'no computation was large enough to ask for threads',
    })
  })
})

/**
 * A clock by which the caller alone takes 2 ms for what is measured and all threads what `together` says of the turn. Each turn asks three
 * times: before, after the caller alone, after all.
 */
function clockOf(together: (turn: number) => number): { mockRestore(): void } {
  let calls = 0
  return vi.spyOn(performance, 'now').mockImplementation(() => {
    const turn = Math.floor(calls / 3)
    return turn * 10 + ([0, 2, 2 + together(turn)][calls++ % 3] as number)
  })
}

/** What was decided, once threads have started and a job wanted them. */
async function settled(): Promise<string> {
  for (let i = 0; i < 500 && threadReport().reason === 'threads are starting'; i++) {
    poolFor(10)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return threadReport().reason
}

describe.skipIf(availableParallelism() === 1)('threads that did not pay', () => {
  it('are measured again after more work', async () => {
    setThreads('auto')
    let together = 2
    const clock = clockOf(() => together)
    try {
      expect(poolFor(100)).toBeNull()
      expect(await settled()).toMatch(/make products 1.00 times faster here: not worth having/)
      expect(poolFor(2000)).toBeNull()
      expect(threadReport().threads).toBe(1)
      together = 1
      expect(poolFor(2000)).toBeNull()
      expect(await settled()).toMatch(/make products 2.00 times faster here$/)
      expect(threadReport().threads).toBeGreaterThan(1)
    } finally {
      clock.mockRestore()
    }
  })

  it('in the first turns, while something else ran, but did in a later one, are kept', async () => {
    setThreads('auto')
    const clock = clockOf((turn) => (turn < 9 ? 2 : 1))
    try {
      expect(poolFor(100)).toBeNull()
      expect(await settled()).toMatch(/make products 2.00 times faster here$/)
    } finally {
      clock.mockRestore()
    }
  })

  it('are never far from being measured again, however often they did not pay', async () => {
    setThreads('auto')
    const clock = clockOf(() => 2)
    try {
      poolFor(100)
      for (let i = 0; i < 5; i++) {
        expect(await settled()).toMatch(/not worth having/)
        poolFor(24_000)
      }
      expect(threadReport().reason).toBe('threads are starting')
    } finally {
      clock.mockRestore()
    }
  })
})

describe('a kernel that breaks off', () => {
  it('gives an error, leaves nobody waiting, and does not spoil what comes after', () => {
    const pool = openPool(1)
    if (pool === null) throw new Error('no threads here')
    const { engine } = pool
    engine.reserve(1 << 16)
    const [from, to] = [engine.base, engine.base + 1024]
    const outside = engine.memory.buffer.byteLength + 4096
    for (let round = 0; round < 20; round++) {
      const bad = Array.from(
        { length: 8 },
        (_, i) => ['promote', i % 3 === 0 ? outside : from, to, 4] as const,
      )
      expect(() => pool.run(1, bad)).toThrow(/3 of 8 parts/)
      engine.f32().set([1, 2, 3, round], from / 4)
      pool.run(1, [['promote', from, to, 4]])
      expect(Array.from(engine.f64().subarray(to / 8, to / 8 + 4))).toEqual([1, 2, 3, round])
    }
    pool.close()
  })
})
