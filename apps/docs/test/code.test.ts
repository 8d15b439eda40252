import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { code as regressionCode } from '../src/demos/regression/code.js'
import { regression } from '../src/demos/regression/compute.js'
import { start as regressionStart, startTime } from '../src/demos/regression/start.js'
import { unheard } from '../src/worker/job.js'

// Beside the tests, so that packages are found as from any file here.
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(import.meta.dirname, '.programs-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** All numbers that a program prints, in their order. */
async function printedBy(name: string, code: string): Promise<number[]> {
  const path = join(folder, `${name}.mjs`)
  writeFileSync(path, code)
  const numbers: number[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
    numbers.push(...values.flat(5).filter((value) => typeof value === 'number'))
  })
  try {
    await import(pathToFileURL(path).href)
  } finally {
    log.mockRestore()
  }
  return numbers
}

function expectSame(found: readonly number[], wanted: readonly number[]): void {
  expect(found.length).toBe(wanted.length)
  const off = found.map(
    (value, i) => Math.abs(value - (wanted[i] ?? Number.NaN)) / Math.max(1, Math.abs(value)),
  )
  expect(Math.max(...off)).toBeLessThan(1e-12)
}

test('the program of the regression demo prints the mean and the deviation that the demo shows', async () => {
  const settings = { ...regressionStart, train: 'nngp', depth: 3 } as const
  for (const time of [startTime, 22]) {
    const { mean, deviation } = await regression(settings, unheard)
    const printed = await printedBy(`regression-${time}`, regressionCode(settings, time))
    expectSame(printed, [...(mean[time] ?? []), ...(deviation[time] ?? [])])
  }
})
