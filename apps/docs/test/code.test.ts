import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { code as dualCode } from '../src/demos/dual/code.js'
import { dual } from '../src/demos/dual/compute.js'
import { start as dualStart } from '../src/demos/dual/start.js'
import { code as phaseCode } from '../src/demos/phase/code.js'
import { phase } from '../src/demos/phase/compute.js'
import { start as phaseStart } from '../src/demos/phase/start.js'
import { code as playgroundCode } from '../src/demos/playground/code.js'
import { playground } from '../src/demos/playground/compute.js'
import { examples } from '../src/demos/playground/start.js'
import { code as regressionCode } from '../src/demos/regression/code.js'
import { regression } from '../src/demos/regression/compute.js'
import { start as regressionStart, startTime } from '../src/demos/regression/start.js'
import { code as spectrumCode } from '../src/demos/spectrum/code.js'
import { spectrumOfGlyphs } from '../src/demos/spectrum/compute.js'
import { start as spectrumStart } from '../src/demos/spectrum/start.js'
import { code as widthsCode } from '../src/demos/widths/code.js'
import { trainWidths } from '../src/demos/widths/compute.js'
import { start as widthsStart } from '../src/demos/widths/start.js'
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
  const table = vi.spyOn(console, 'table').mockImplementation(() => {})
  try {
    await import(pathToFileURL(path).href)
  } finally {
    log.mockRestore()
    table.mockRestore()
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

test('the program of the explorer of duals prints the kernels of a chosen and of a drawn activation', async () => {
  for (const [i, activation] of ['Erf', 'drawn'].entries()) {
    const settings = { ...dualStart, activation, heights: [0.5, 0.1, 0.3, 1, 2] }
    const { nngp, ntk } = await dual(settings, unheard)
    const printed = await printedBy(`dual-${i}`, dualCode(settings))
    expectSame(
      printed,
      nngp.flatMap((row, depth) => [...row, ...(ntk[depth] ?? [])]),
    )
  }
})

test('the polynomial of a drawn activation goes through its handles', async () => {
  const heights = [0.5, -1, 0.25, 1.5, 2]
  const { phi } = await dual({ ...dualStart, activation: 'drawn', heights }, unheard)
  // From -3 to 3 by 1/20.
  expectSame(
    [-2, -1, 0, 1, 2].map((x) => phi[(x + 3) * 20] ?? Number.NaN),
    heights,
  )
})

test('the program of the phase plane prints the fixed points and the correlations by depth', async () => {
  const { qStar, cStar, chi1, pair } = await phase(phaseStart, unheard)
  expectSame(await printedBy('phase', phaseCode(phaseStart)), [qStar, cStar, chi1, ...pair])
})

test('the program of the spectrum prints the eigenvalues', async () => {
  const { eigenvalues, conditionNumber, effectiveRank, explained } = await spectrumOfGlyphs(
    spectrumStart,
    unheard,
  )
  // As the page says: there is next to nothing of the labels along the first eigenvector.
  expect(explained[0]).toBeLessThan(0.01)
  const wanted = [...eigenvalues, conditionNumber, effectiveRank]
  expectSame(await printedBy('spectrum', spectrumCode(spectrumStart)), wanted)
})

test('the program of the playground prints the kernels and the sampled one, for every example', async () => {
  for (const [i, example] of Object.values(examples).entries()) {
    const settings = { ...example, draws: 3 }
    const { nngp, ntk, check } = await playground(settings, unheard)
    const printed = await printedBy(`playground-${i}`, playgroundCode(settings))
    expectSame(printed, [...nngp, ...ntk, ...(check?.ntk ?? [])])
  }
})

test('a playground without a network says what is wrong in the words of the library', async () => {
  const wrong = (spec: string): Promise<unknown> => playground({ spec, shape: [4], draws: 0 }, unheard)
  await expect(wrong('["Dense", }')).rejects.toMatchObject({
    code: 'spec',
    fix: expect.stringContaining('double quotes'),
  })
  await expect(wrong('["Densee", { "out": 3 }]')).rejects.toMatchObject({
    code: 'spec',
    message: expect.stringContaining('"Dense"'),
  })
  await expect(wrong('["MaxPool", { "window": [2, 2] }]')).rejects.toMatchObject({ name: 'NtkError' })
  await expect(
    playground(
      {
        spec: '["serial", ["Conv", { "out": 3, "filter": [3, 3] }], ["GlobalAvgPool"]]',
        shape: [128, 128, 3],
        draws: 0,
      },
      unheard,
    ),
  ).rejects.toMatchObject({ code: 'value', what: expect.stringMatching(/^This page computes/) })
})

test('the program of the widths prints the outputs of a network and as they were predicted', async () => {
  const settings = { ...widthsStart, steps: 20, networks: 1 }
  const { rows } = await trainWidths(settings, unheard)
  const row = rows.find(({ width }) => width === 32)
  const wanted = [...(row?.network ?? []), ...(row?.predicted ?? [])]
  expectSame(await printedBy('widths', widthsCode(settings, 32)), wanted)
})
