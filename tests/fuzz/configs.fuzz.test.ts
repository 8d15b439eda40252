/**
 * Mutated configs and network specs are taken or end in an NtkError, soon and in little memory: texts in YAML, TOML and JSON through the
 * reader of the command line, and specs through `fromSpec`. Seeds and rounds as in `arguments.fuzz.test.ts`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe as describeNet } from '@ntk/kernels-analytic'
import { fromSpec, type Spec } from '@ntk/stax'
import { afterAll, expect, test } from 'vitest'
import { dynamicsHead } from '../../apps/cli/src/commands/dynamics/settings.js'
import { empiricalSettings } from '../../apps/cli/src/commands/empirical/settings.js'
import { kernelSettings } from '../../apps/cli/src/config/kernel.js'
import { readSpecFile } from '../../apps/cli/src/settings/file.js'
import { resolveConfig } from '../../apps/cli/src/settings/resolve.js'
import type { Settings } from '../../apps/cli/src/settings/setting.js'
import { mutateData, mutateText } from './mutate.js'
import { oneOf, random } from './random.js'
import { attempt, plan, rounds } from './try.js'

const folder = mkdtempSync(join(tmpdir(), 'ntk-fuzz-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const commands: Readonly<Record<string, { readonly settings: Settings<unknown>; readonly good: object }>> = {
  dynamics: {
    settings: dynamicsHead.settings,
    good: {
      data: { name: 'glyphs', train: 64, test: 32, classes: [3, 1], normalize: 'sample' },
      network: { hidden: [8, 8], wStd: 1.5, bStd: null, activation: 'Relu', parameterization: 'ntk' },
      training: { steps: 5, learningRate: 0.5, batch: 4, momentum: 0.9 },
      widths: [16, 32],
      seed: 3,
    },
  },
  kernel: {
    settings: kernelSettings,
    good: {
      data: { name: 'glyphs', train: 16 },
      network: {
        spec: ['serial', ['Flatten'], ['Dense', { out: 8, wStd: 2 }], ['Erf'], ['Dense', { out: 1 }]],
      },
      get: 'nngp',
      tile: 8,
      out: 'k.npy',
    },
  },
  empirical: {
    settings: empiricalSettings,
    good: { data: { name: 'glyphs', train: 4 }, network: { hidden: [8] }, outputs: 2, out: 'e.npy' },
  },
}

/** Records as JSON can hold them, so that YAML takes them too; and texts of TOML and YAML in the way people write them. */
const yaml =
  'data: { name: glyphs, train: 64 }\nnetwork:\n  hidden: [8, 8]\n  wStd: 1.5\n  bStd: ~\ntraining:\n  steps: 5\n'
const toml =
  'seed = 3\n[data]\ntrain = 64\nclasses = [3, 1]\n[network]\nhidden = [8, 8]\nwStd = 1.5\n[training]\nsteps = 5\n'

test.each(Object.entries(commands))(
  'configs of ntk %s',
  { timeout: 120_000 + plan.minutes * 60_000 },
  async (name, { settings, good }) => {
    const minutes = plan.minutes / 4 / 4
    const result = await rounds(10 * plan.rounds, minutes, async (round) => {
      const next = random(plan.seed + 7919 * round)
      const [ending, text] = oneOf<() => [string, string]>(
        [
          () => ['json', JSON.stringify(mutateData(good, next))],
          () => ['yaml', JSON.stringify(mutateData(good, next), null, 2)],
          () => ['json', mutateText(JSON.stringify(good, null, 1), next)],
          () => ['yaml', mutateText(yaml, next)],
          () => ['toml', mutateText(toml, next)],
        ],
        next,
      )()
      const config = `mutant.${ending}`
      writeFileSync(join(folder, config), text)
      return await attempt(
        round,
        () => `seed ${plan.seed}, ${ending}: ${text}`,
        () => resolveConfig(settings, { cwd: folder, config, flags: {} }),
      )
    })
    expect(result.faults).toEqual([])
    expect(result.worked).toBeGreaterThan(0)
    expect(result.worked).toBeLessThan(result.done)
    if (minutes > 0) console.log(`configs of ${name}: ${result.done}, ${result.worked} taken`)
  },
)

const specs: readonly Spec[] = [
  ['serial', ['Flatten'], ['Dense', { out: 8, wStd: 1.5, bStd: 0.1 }], ['Relu'], ['Dense', { out: 1 }]],
  [
    'serial',
    ['FanOut', { n: 2 }],
    ['parallel', ['Identity'], ['serial', ['Dense', { out: 4 }], ['Erf']]],
    ['FanInSum'],
  ],
  [
    'serial',
    ['Conv', { out: 4, window: [3, 3], padding: 'SAME' }],
    ['Relu'],
    ['GlobalAvgPool'],
    ['Dense', { out: 2 }],
  ],
  ['serial', ['repeat', { n: 3 }, ['serial', ['Dense', { out: 4 }], ['Gelu']]], ['Dense', { out: 1 }]],
  [
    'serial',
    ['AvgPool', { window: [2, 2] }],
    ['Flatten'],
    ['LayerNorm', { axis: [-1] }],
    ['Dropout', { rate: 0.5 }],
  ],
]

test('specs of networks', { timeout: 120_000 + plan.minutes * 60_000 }, async () => {
  const minutes = plan.minutes / 4 / 4
  const result = await rounds(50 * plan.rounds, minutes, async (round) => {
    const next = random(plan.seed + 7919 * round)
    let spec = mutateData(oneOf(specs, next), next)
    const asText = next() < 0.3
    if (asText) writeFileSync(join(folder, 'net.yaml'), mutateText(JSON.stringify(spec), next))
    return await attempt(
      round,
      () => `seed ${plan.seed}, ${JSON.stringify(spec)}`,
      () => {
        if (asText) spec = readSpecFile(folder, 'net.yaml')
        const net = fromSpec(spec as Spec)
        // Its own spec names the same network, and no sizes are too large to be described.
        expect(fromSpec(net.spec).spec).toEqual(net.spec)
        describeNet(net, [2, 8, 8, 1])
      },
    )
  })
  expect(result.faults).toEqual([])
  expect(result.worked).toBeGreaterThan(0)
  expect(result.worked).toBeLessThan(result.done)
  if (minutes > 0) console.log(`specs: ${result.done}, ${result.worked} networks`)
})
