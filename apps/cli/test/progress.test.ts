import { describe, expect, it } from 'vitest'
import type { Io } from '../src/frame/io.js'
import { createProgress } from '../src/progress/create.js'
import { lineProgress } from '../src/progress/lines.js'
import { duration, timeLeft } from '../src/progress/progress.js'

function sink(isTTY: boolean = false): { write: (text: string) => void; text: string; isTTY: boolean } {
  const out = { text: '', isTTY, write: (text: string) => void (out.text += text) }
  return out
}

function io(stderr: Io['stderr'], env: Io['env'] = {}): Io {
  return { stdout: sink(), stderr, env, cwd: '.', signal: new AbortController().signal }
}

describe('progress', () => {
  it('away from a terminal is a line now and then with the time left', () => {
    const out = sink()
    let clock = 0
    const task = lineProgress(out, false, () => clock).task('training', 100)
    for (let step = 1; step <= 100; step++) {
      clock += 250
      task.update(step, `loss ${step}`)
    }
    task.done('loss 100')
    expect(out.text).toBe(
      'training: 40 %, 15 s left, loss 40\ntraining: 80 %, 5.0 s left, loss 80\ntraining: loss 100, 25 s\n',
    )
  })

  it('on a terminal draws a bar and leaves one line behind', async () => {
    const out = sink(true)
    const task = createProgress(io(out, { NO_COLOR: '1' }), false).task('training', 10)
    task.update(5, 'loss 0.1')
    // The bar is drawn by a timer, eight times a second.
    await expect.poll(() => out.text, { timeout: 30_000 }).toContain('50 %')
    task.done('loss 0.05')
    expect(out.text).toMatch(/✓ training {2,}loss 0\.05 {2}[\d.]+ s\n$/)
  })

  it('under --json away from a terminal says nothing and keeps warnings', () => {
    const out = sink()
    const progress = createProgress(io(out), true)
    progress.task('training', 10).done()
    progress.note('a note')
    progress.warn('too fast')
    expect(out.text).toBe('')
    expect(progress.warnings).toEqual(['too fast'])
  })

  it('writes times for people', () => {
    expect([0.44, 12.3, 200, 4000].map(duration)).toEqual(['0.4 s', '12 s', '3 min 20 s', '1 h 6 min'])
    expect(timeLeft(10, 25, 100)).toBe(30)
    expect(timeLeft(10, 0, 100)).toBeNaN()
  })
})
