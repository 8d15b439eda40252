import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { key, normal, tensorFromData } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import {
  defineExperiment,
  fitPowerLaw,
  group,
  listOf,
  meanOf,
  performExperiment,
  setting,
  stage,
  text,
  whole,
} from '../src/index.js'
import { temporaryFolder } from './support.js'

// As a user writes one: no type is named, all follow from the settings and the stages.
const roots = defineExperiment({
  name: 'roots',
  summary: 'The error of a mean falls with the root of its samples',
  settings: group({
    sizes: setting(listOf(whole()), { help: 'Samples in a mean', default: [16, 64, 256, 1024] }),
    means: setting(whole(), { help: 'Means of each size', default: 200 }),
    out: setting(text('dir'), { help: 'Folder of runs', default: 'runs' }),
  }),
  setup: (config) => config,
  stages: ({ sizes, means }) => ({
    errors: sizes.map((size) =>
      stage({
        name: `size-${size}`,
        title: `means of ${size}`,
        async run() {
          const x = Float64Array.from(normal(key(size), [means, size]).dataSync())
          const squares = Array.from({ length: means }, (_, row) =>
            x.subarray(row * size, (row + 1) * size).reduce((sum, value) => sum + value / size, 0),
          ).map((mean) => mean ** 2)
          return {
            values: { size, error: Math.sqrt(meanOf(squares).mean) },
            arrays: { squares: tensorFromData(Float64Array.from(squares), [means]) },
          }
        },
      }),
    ),
  }),
  numbers: ({ errors }) => ({
    law: fitPowerLaw(errors.map(({ values }) => ({ size: values.size, value: values.error }))),
  }),
  figures: [
    {
      name: 'errors',
      caption: 'Error against samples.',
      draw: ({ results }) => ({
        data: { values: results.errors.map(({ values }) => values) },
        mark: 'line',
        encoding: {
          x: { field: 'size', type: 'quantitative', scale: { type: 'log' } },
          y: { field: 'error', type: 'quantitative', scale: { type: 'log' } },
        },
      }),
    },
  ],
  findings: [
    {
      name: 'power',
      statement: 'power of the samples with which the error falls',
      note: 'Independent numbers. Error bar: from the fit.',
      measure: ({ numbers: { law } }) => ({
        value: law.slope,
        uncertainty: law.slopeError,
        theory: -0.5,
        resolution: 0.1,
      }),
    },
  ],
  story: ({ numbers }) => ({
    headline: `Errors fall as samples to the power ${numbers.law.slope.toFixed(2)}`,
    lead: 'Means of normal numbers.',
    facts: [],
  }),
})

describe('an experiment in a program', () => {
  it('is run, gives its findings and leaves its folder', async () => {
    const cwd = temporaryFolder()
    const outcome = await performExperiment(roots, { cwd, settings: { means: 400 }, quiet: true })
    expect(outcome.findings).toMatchObject([{ name: 'power', theory: -0.5, verdict: 'agrees' }])
    expect(outcome.findings[0]?.value).toBeCloseTo(-0.5, 1)
    expect(existsSync(join(cwd, outcome.report))).toBe(true)
    const again = await performExperiment(roots, { cwd, resume: outcome.run, quiet: true })
    expect(again.findings).toEqual(outcome.findings)
    expect(readFileSync(join(cwd, outcome.run, 'config.yaml'), 'utf8')).toContain('means: 400')
  })

  it('refuses settings that it does not have', async () => {
    const cwd = temporaryFolder()
    const settings: { means?: number } = JSON.parse('{"maens": 3}')
    const work = performExperiment(roots, { cwd, settings, quiet: true })
    await expect(work).rejects.toMatchObject({ code: 'config', fix: 'Did you mean "means"?' })
    expect(existsSync(join(cwd, 'runs'))).toBe(false)
  })
})
