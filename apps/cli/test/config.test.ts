import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NtkError } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { type DynamicsConfig, dynamicsHead } from '../src/commands/dynamics/settings.js'
import { configJsonSchema } from '../src/settings/check.js'
import { valueAt } from '../src/settings/objects.js'
import { resolveConfig } from '../src/settings/resolve.js'
import { keyOf } from '../src/settings/setting.js'

const folder = mkdtempSync(join(tmpdir(), 'ntk-config-'))

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return name
}

const { settings } = dynamicsHead

function resolve(
  flags: Record<string, string>,
  { config, network }: { config?: string; network?: string } = {},
): DynamicsConfig {
  return resolveConfig(settings, {
    cwd: folder,
    config,
    flags: network === undefined ? flags : { ...flags, network },
  })
}

function failure(work: () => unknown): NtkError {
  try {
    work()
  } catch (error) {
    if (NtkError.isInstance(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('the config of ntk dynamics', () => {
  it('has a default for everything', () => {
    const config = resolve({})
    expect(config.data).toEqual({ name: 'glyphs', train: 128, test: 128, normalize: 'sample' })
    expect(config.training.learningRate).toBe('auto')
    expect(config.seed).toBe(0)
  })

  it('reads flags: numbers, lists, words that stand for numbers', () => {
    const config = resolve({
      hidden: '1024,1024',
      bStd: 'none',
      learningRate: '0.5',
      batch: 'full',
      classes: '3,1',
      widths: '256, 512',
    })
    expect(config.network).toEqual({ hidden: [1024, 1024], bStd: null })
    expect(config.training).toMatchObject({ learningRate: 0.5, batch: 'full' })
    expect(config.data.classes).toEqual([3, 1])
    expect(config.widths).toEqual([256, 512])
  })

  const yaml = 'data: { train: 64 }\nnetwork: { hidden: [8, 8], wStd: 1.5 }\ntraining: { steps: 5 }\n'
  const toml = '[data]\ntrain = 64\n[network]\nhidden = [8, 8]\nwStd = 1.5\n[training]\nsteps = 5\n'
  const json = '{"data":{"train":64},"network":{"hidden":[8,8],"wStd":1.5},"training":{"steps":5}}'
  it.each([
    ['job.yaml', yaml],
    ['job.toml', toml],
    ['job.json', json],
  ])('reads the same settings from %s, and flags win over them', (name, text) => {
    const config = resolve({ train: '32' }, { config: file(name, text) })
    expect(config.data.train).toBe(32)
    expect(config.network).toEqual({ hidden: [8, 8], wStd: 1.5 })
    expect(config.training.steps).toBe(5)
  })

  it('reads a spec from a file of its own and lets it replace the network of the config', () => {
    const config = file('short.yaml', 'network: { hidden: [8] }\n')
    const network = file('net.json', '["serial", ["Dense", {"out": 8}], ["Relu"], ["Dense", {"out": 10}]]')
    expect(resolve({}, { config, network }).network.spec?.[0]).toBe('serial')
    const inToml = file('net.toml', 'spec = ["serial", ["Dense", {out = 8}]]\n')
    expect(resolve({}, { network: inToml }).network.spec).toEqual(['serial', ['Dense', { out: 8 }]])
  })

  it('lets --hidden replace a spec of the file', () => {
    const config = file('spec.yaml', 'network: { spec: [Dense, { out: 10 }] }\n')
    expect(resolve({ hidden: '4' }, { config }).network).toEqual({ hidden: [4] })
  })
})

describe('a wrong config', () => {
  it.each<[string, Record<string, string>, string, RegExp, string | undefined, string | undefined]>([
    [
      'width 0',
      { hidden: '512,0' },
      'config',
      /network\.hidden\[1\] \(--hidden\) must be at least 1/,
      '0',
      undefined,
    ],
    [
      'no number',
      { steps: 'many' },
      'config',
      /training\.steps \(--steps\) must be a number/,
      '"many"',
      undefined,
    ],
    [
      'half a step',
      { steps: '2.5' },
      'config',
      /training\.steps \(--steps\) must be a whole number/,
      '2.5',
      undefined,
    ],
    [
      'an unknown set',
      { data: 'minst' },
      'config',
      /data\.name \(--data\) must be one of/,
      '"minst"',
      'Did you mean "mnist"?',
    ],
    [
      'a negative rate',
      { learningRate: '-1' },
      'config',
      /learningRate \(--learning-rate\) must be more than 0/,
      '-1',
      undefined,
    ],
    [
      'one class',
      { classes: '3' },
      'config',
      /data\.classes \(--classes\) needs at least 2/,
      '[3]',
      undefined,
    ],
    ['a class twice', { classes: '3,3' }, 'config', /must not name a class twice/, '[3,3]', undefined],
    [
      'momentum 1',
      { momentum: '1' },
      'config',
      /training\.momentum \(--momentum\) must be less than 1/,
      '1',
      undefined,
    ],
    [
      'an unknown dtype',
      { dtype: 'float16' },
      'config',
      /dtype \(--dtype\) must be one of/,
      '"float16"',
      'Did you mean "float64"?',
    ],
  ])('with %s names the setting, its flag and what it got', (_case, flags, code, what, got, fix) => {
    const error = failure(() => resolve(flags))
    expect(error.code).toBe(code)
    expect(error.what).toMatch(what)
    expect(error.got).toBe(got)
    expect(error.fix).toBe(fix)
  })

  it('names an unknown key, where it stands and the nearest known key', () => {
    const error = failure(() => resolve({}, { config: file('typo.yaml', 'training: { stpes: 5 }\n') }))
    expect(error.what).toBe('There is no setting "stpes" in "training" of typo.yaml.')
    expect(error.fix).toBe('Did you mean "steps"?')
  })

  it('refuses a spec beside other network settings', () => {
    const config = file('both.yaml', 'network: { spec: [Dense, { out: 10 }], wStd: 2 }\n')
    expect(failure(() => resolve({}, { config })).what).toMatch(/spec and also other settings/)
  })

  it.each([
    ['missing.yaml', undefined, 'file', /cannot be read/],
    ['broken.json', '{', 'config', /not valid JSON/],
    ['broken.toml', 'a = ', 'config', /not valid TOML/],
    ['broken.yaml', 'a: [1', 'config', /not valid YAML/],
    ['list.yaml', '- 1\n', 'config', /must hold settings by name/],
    ['noending', 'a: 1', 'config', /does not say what it is written in/],
  ])('in %s is told apart from other faults', (name, text, code, what) => {
    if (text !== undefined) file(name, text)
    const error = failure(() => resolve({}, { config: name }))
    expect(error.code).toBe(code)
    expect(error.what).toMatch(what)
  })
})

describe('the JSON Schema', () => {
  it('describes every setting that a flag can set', () => {
    const schema: unknown = JSON.parse(configJsonSchema(settings, 'ntk dynamics'))
    expect(settings.flags.length).toBeGreaterThan(20)
    for (const flag of settings.flags) {
      const found = valueAt(
        schema,
        flag.path.flatMap((part) => ['properties', part]),
      )
      expect(found, keyOf(flag)).toBeDefined()
      // One declaration: the help of the flag begins with the description of the key.
      expect(`${flag.help}.`, keyOf(flag)).toContain(String(valueAt(found, ['description'])).slice(0, -1))
    }
  })
})
