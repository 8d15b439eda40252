import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { kernelFn } from '@ntk/kernels-analytic'
import { Dense, Relu, serial } from '@ntk/stax'
import { key, nextTurn, normal } from '@ntk/tensor'
import { directory, openDirectory } from '@ntk/tiles/node'
import { expect, onTestFinished, test } from 'vitest'
import { type KernelSource, solveByConjugateGradients } from '../../src/index.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('a solve holds one block of the kernel, and the one that comes', async () => {
  const path = mkdtempSync(join(tmpdir(), 'ntk-cg-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  const x = normal(key(0), [200, 5])
  const sink = directory(join(path, 'tiles'))
  await kernelFn(serial(Dense(1), Relu(), Dense(1)))(x, null, { get: 'ntk', tile: 25, sink })
  const whole = await openDirectory(join(path, 'tiles'))
  const given: WeakRef<object>[] = []
  const alive: number[] = []
  const watched: KernelSource = {
    ...whole,
    toTensor: () => {
      throw new Error('the kernel was gathered')
    },
    async *blocks(name) {
      for await (const block of whole.blocks(name)) {
        given.push(new WeakRef(block.values))
        // What a job has looked at is kept until its end.
        if (given.length % 30 === 0) {
          await nextTurn()
          collect()
          alive.push(given.filter((one) => one.deref() !== undefined).length)
        }
        yield block
      }
    },
  }
  await solveByConjugateGradients(watched, normal(key(1), [200, 2]), { rank: 4, diagReg: 1, tolerance: 1e-2 })
  expect(alive.length).toBeGreaterThan(2)
  expect(Math.max(...alive)).toBeLessThanOrEqual(2)
})
