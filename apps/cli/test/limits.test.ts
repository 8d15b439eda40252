import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { treeLeaves } from '@ntk/autodiff'
import { layersOf, leNet, type Spec, wideResNet } from '@ntk/stax'
import { key, type Tensor } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { requireMemory, showBytes } from '../src/measures/memory.js'
import { evaluationSteps } from '../src/measures/numbers.js'
import { leastParameters, requireBuildable } from '../src/networks/size.js'
import { ntk, temporaryFolder } from './support.js'

const huge = 1_000_000_000

describe('settings that cannot work', () => {
  const repeated =
    '["serial", ["repeat", {"n": 1000000}, ["serial", ["Dense", {"out": 1}], ["Relu"]]], ["Dense", {"out": 10}]]'

  it.each<[string, string[], RegExp]>([
    ['train', ['dynamics', '--train', `${huge}`], /data\.train \(--train\) asks for more[\s\S]*1000000000: /],
    ['test', ['dynamics', '--test', `${huge}`], /data\.test \(--test\) asks for more/],
    ['train of a kernel', ['kernel', '--train', `${huge}`], /data\.train \(--train\) asks for more/],
    [
      'hidden',
      ['dynamics', '--hidden', `${huge}`],
      /network\.hidden \(--hidden\) asks for more[\s\S]*parameters/,
    ],
    ['widths', ['dynamics', '--widths', '64,1000000000000'], /widths \(--widths\) asks for more/],
    [
      'evaluations',
      ['dynamics', '--evaluations', `${huge}`, '--steps', `${huge}`],
      /\(--evaluations\) asks for more/,
    ],
    ['factor', ['empirical', '--architecture', 'lenet', '--factor', '1e9'], /\(--factor\) asks for more/],
    [
      'channels',
      ['empirical', '--architecture', 'cnn-f', '--channels', `${huge}`],
      /\(--channels\) asks for more/,
    ],
    [
      'depth',
      ['empirical', '--architecture', 'cnn-f', '--depth', '100000'],
      /\(--depth\) must be at most 10000/,
    ],
    ['outputs', ['empirical', '--outputs', '1000000000000'], /outputs \(--outputs\) asks for more/],
    [
      'a million layers',
      ['kernel', '--network', 'net.json'],
      /\(--network\) gives a network of more than 20000 layers/,
    ],
    ['a million layers', ['dynamics', '--network', 'net.json'], /\(--network\) gives a network of more than/],
  ])('of %s end with exit code 2 before any work: %j', async (_case, args, message) => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'net.json'), repeated)
    const start = performance.now()
    const ran = await ntk(args, { cwd })
    expect(ran.stderr).toMatch(message)
    expect(ran.code).toBe(2)
    expect(readdirSync(cwd)).toEqual(['net.json'])
    // Loading the code takes longer than refusing.
    expect(performance.now() - start).toBeLessThan(15_000)
  })
})

describe('an estimate of memory', () => {
  it('names the setting that needs the most', () => {
    const need = (setting: string, bytes: number): Parameters<typeof requireMemory>[0][number] => ({
      setting,
      value: '3',
      what: 'things',
      bytes,
    })
    expect(() => requireMemory([need('a', 6e9), need('b', 5e9)], 1e10)).toThrow(/^a asks for more/)
    expect(() => requireMemory([need('a', 6e9), need('b', 3e9)], 1e10)).not.toThrow()
    expect(showBytes(23.5 * 2 ** 30)).toBe('23.5 GB')
  })

  const networks: [string, Spec, number[]][] = [
    ['LeNet', leNet({ out: 10 }).spec, [28, 28, 1]],
    ['a wide ResNet', wideResNet({ out: 10, channels: 4, blocks: 1 }).spec, [32, 32, 3]],
    [
      'repeated layers',
      ['serial', ['Dense', { out: 7 }], ['repeat', { n: 5 }, ['Dense', { out: 3 }]], ['Dense', { out: 2 }]],
      [4],
    ],
  ]
  it.each(networks)('is never above the parameters of %s', async (_name, spec, shape) => {
    const { fromSpec } = await import('@ntk/stax')
    const { params } = fromSpec(spec).init(key(0), [-1, ...shape])
    const count = treeLeaves(params).reduce<number>((sum, leaf) => sum + (leaf as Tensor).size, 0)
    expect(leastParameters(spec, shape)).toBeLessThanOrEqual(count)
    expect(leastParameters(spec, shape)).toBeGreaterThan(0)
  })

  it('is that of a plain network, less its biases', () => {
    expect(
      leastParameters(['serial', ['Dense', { out: 50 }], ['Relu'], ['Dense', { out: 10 }]], [28, 28, 1]),
    ).toBe(50 + 500)
    const flat: Spec = ['serial', ['Flatten'], ['Dense', { out: 50 }], ['Relu'], ['Dense', { out: 10 }]]
    expect(leastParameters(flat, [28, 28, 1])).toBe(784 * 50 + 500)
  })

  it('counts what is repeated', () => {
    const spec: Spec = ['repeat', { n: 30_000 }, ['Relu']]
    expect(layersOf(spec)).toHaveLength(1)
    expect(() => requireBuildable(spec, 'network')).toThrow(/more than 20000 layers/)
  })
})

describe('evaluated steps', () => {
  it('of more evaluations than steps are all of them, at once', () => {
    expect(evaluationSteps(200, 1_000_000_000)).toEqual(Array.from({ length: 201 }, (_, i) => i))
    expect(evaluationSteps(1, 1_000_000_000)).toEqual([0, 1])
  })
})
