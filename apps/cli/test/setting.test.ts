import { NtkError } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { configJsonSchema } from '../src/settings/check.js'
import {
  type Kind,
  listOf,
  oneOf,
  onOff,
  orInfinite,
  orNone,
  orWord,
  real,
  text,
  whole,
} from '../src/settings/kind.js'
import { resolveConfig } from '../src/settings/resolve.js'
import { group, optionalSetting, type Settings, setting, withoutFlags } from '../src/settings/setting.js'
import { ntk, temporaryFolder } from './support.js'

const cwd = temporaryFolder()

interface Shape {
  size: number
  rate: number | 'auto'
  offset: number | null
  how: 'fast' | 'slow'
  sizes?: number[] | undefined
  verbose: boolean
  name?: string | undefined
}

const shape: Settings<{ shape: Shape; seed: number }> = group<{ shape: Shape; seed: number }>({
  shape: group<Shape>({
    size: setting(whole({ max: 9 }), { help: 'Size of it', default: 3 }),
    rate: setting(orWord(real({ above: 0 }), 'auto', 'must be a positive number or auto'), {
      help: 'Rate',
      default: 'auto',
      flag: 'learningRate',
    }),
    offset: setting(orNone(real()), { help: 'Offset, or none', default: null }),
    how: setting(oneOf(['fast', 'slow']), { help: 'How', default: 'fast' }),
    sizes: optionalSetting(listOf(whole(), { min: 2, distinct: 'a size' }), { help: 'Sizes', absent: 'all' }),
    verbose: setting(onOff(), { help: 'Say more', default: false }),
    name: optionalSetting(text('name'), { help: 'Name', flag: null }),
  }),
  seed: setting(whole({ min: 0 }), { help: 'Seed', default: 0 }),
})

const resolve = (flags: Record<string, unknown>): { shape: Shape; seed: number } =>
  resolveConfig(shape, { cwd, flags })

function fault(work: () => unknown): NtkError {
  try {
    work()
  } catch (error) {
    if (NtkError.isInstance(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('one declaration of a setting', () => {
  it('gives the default of configs', () => {
    const { shape: defaults, seed } = resolve({})
    expect(defaults).toEqual({ size: 3, rate: 'auto', offset: null, how: 'fast', verbose: false })
    expect(seed).toBe(0)
  })

  it('gives the flag: its name, its help with the default, its parser', () => {
    const flags = shape.flags.map(({ name, help }) => `${name}: ${help}`)
    expect(flags).toEqual([
      'size: Size of it (3)',
      'learningRate: Rate (auto)',
      'offset: Offset, or none (none)',
      'how: How (fast)',
      'sizes: Sizes (all)',
      'verbose: Say more',
      'seed: Seed (0)',
    ])
    const read = resolve({
      size: '7',
      learningRate: '0.5',
      offset: '-1',
      sizes: '1, 2',
      verbose: true,
      seed: '4',
    })
    expect(read).toEqual({
      shape: { size: 7, rate: 0.5, offset: -1, how: 'fast', sizes: [1, 2], verbose: true },
      seed: 4,
    })
    expect(resolve({ offset: 'none' }).shape.offset).toBeNull()
  })

  it('gives the JSON Schema with description and default', () => {
    const schema: unknown = JSON.parse(configJsonSchema(shape, 'title'))
    expect(schema).toMatchObject({
      properties: {
        shape: {
          additionalProperties: false,
          properties: { size: { description: 'Size of it.', default: 3, minimum: 1, maximum: 9 } },
        },
      },
    })
  })

  it.each<[Record<string, string>, RegExp, string]>([
    [{ size: '10' }, /^shape\.size \(--size\) must be at most 9\.$/, '10'],
    [{ size: 'many' }, /^shape\.size \(--size\) must be a number\.$/, '"many"'],
    [{ learningRate: '-1' }, /^shape\.rate \(--learning-rate\) must be more than 0\.$/, '-1'],
    [{ sizes: '2,2' }, /^shape\.sizes \(--sizes\) must not name a size twice\.$/, '[2,2]'],
    [{ sizes: '2,0' }, /^shape\.sizes\[1\] \(--sizes\) must be at least 1\.$/, '0'],
  ])('refuses %o and names key and flag', (flags, what, got) => {
    const error = fault(() => resolve(flags))
    expect(error.what).toMatch(what)
    expect(error.got).toBe(got)
  })

  it('may be without a flag, and two may not have the same', () => {
    expect(withoutFlags(shape, ['seed']).flags.map(({ name }) => name)).not.toContain('seed')
    const size = (): Settings<number> => setting(whole(), { help: 'Size', default: 1 })
    const one = group<{ size: number }>({ size: size() })
    expect(() => group<{ one: { size: number }; size: number }>({ one, size: size() })).toThrow(/flag size/)
  })
})

describe('an unknown name', () => {
  const withFile = (config: Record<string, unknown>): NtkError =>
    fault(() => resolveConfig(shape, { cwd, flags: {}, preset: config }))

  it.each<[string, Record<string, unknown>, string]>([
    ['a typing error', { shape: { siez: 3 } }, 'Did you mean "size"?'],
    ["Python's spelling", { shape: { SIZE_: 3 } }, 'Did you mean "size"?'],
    ['a key of another group', { size: 3 }, 'Did you mean "shape.size"?'],
    [
      'nothing like it',
      { shape: { temperature: 3 } },
      'Known are size, rate, offset, how, sizes, verbose, name.',
    ],
  ])('in a config, %s, is refused with the way out', (_case, config, fix) => {
    expect(withFile(config).fix).toBe(fix)
  })

  it.each([
    ['dynamics', '--learning_rate', '--learning-rate'],
    ['dynamics', '--learningrate', '--learning-rate'],
    ['dynamics', '--diag_reg', '--diag-reg'],
    ['kernel', '--W_std', '--w-std'],
    ['empirical', '--archtecture', '--architecture'],
  ])('as a flag of ntk %s, %s, is refused with ours, %s', async (command, flag, ours) => {
    const ran = await ntk([command, flag, '1'], { cwd })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain(`Did you mean ${ours}?`)
  })
})

describe('a kind of value', () => {
  it('a time without end has several spellings, and a number that may not be infinite is shown as it was given', () => {
    const kind = orInfinite(real({ min: 0 }), 'must be a time')
    expect(['3', 'inf', 'Infinity', '∞'].map((given) => kind.read(given, { cwd }))).toEqual([
      3,
      'inf',
      'inf',
      'inf',
    ])
    expect(fault(() => resolve({ learningRate: 'Infinity' })).got).toBe('Infinity')
  })

  it('hands back text that it cannot read, for the schema to refuse', () => {
    const kinds: Kind<unknown>[] = [whole(), real(), listOf(whole()), orNone(whole())]
    for (const { read, schema } of kinds) expect(schema.safeParse(read('x1', { cwd })).success).toBe(false)
  })
})
