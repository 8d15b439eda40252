import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeNpy, encodeNpy, key, normal, type Tensor, tensorFromData } from '@ntk/tensor'
import { decodeNpz } from '@ntk/tensor/npz'
import { beforeAll, describe, expect, it } from 'vitest'
import { empiricalSettings } from '../src/commands/empirical/settings.js'
import type { EmpiricalSummary } from '../src/commands/empirical/summary.js'
import { flagName } from '../src/settings/setting.js'
import { ntk, type Ran, temporaryFolder } from './support.js'

const read = (folder: string, name: string): Tensor =>
  decodeNpy(new Uint8Array(readFileSync(join(folder, name))))

function summaryOf(ran: Ran): EmpiricalSummary {
  expect(ran.stderr).toBe('')
  expect(ran.code).toBe(0)
  return JSON.parse(ran.stdout)
}

const compute = async (cwd: string, ...args: string[]): Promise<EmpiricalSummary> =>
  summaryOf(await ntk(['empirical', ...args, '--json'], { cwd }))

/** Inputs of two sizes, [5, 3] and [2, 3], in a folder of their own. */
function arrays(): string {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'a.npy'), encodeNpy(normal(key(1), [5, 3])))
  writeFileSync(join(cwd, 'b.npy'), encodeNpy(normal(key(2), [2, 3])))
  return cwd
}

const close = (a: Tensor, b: Tensor, tolerance = 1e-12): void => {
  expect(a.shape).toEqual(b.shape)
  const [x, y] = [a.dataSync(), b.dataSync()]
  const scale = Math.max(...Array.from(y, Math.abs))
  x.forEach((value, i) => {
    expect(Math.abs(value - (y[i] as number))).toBeLessThan(tolerance * scale)
  })
}

describe('ntk empirical of a ready network', () => {
  const cwd = temporaryFolder()
  let found: EmpiricalSummary
  beforeAll(async () => {
    const network = ['--architecture', 'lenet', '--factor', '0.3', '--classes', '0,1,2']
    found = await compute(cwd, ...network, '--train', '12', '--layers', '--out', 'k.npy')
  })

  it('writes a symmetric kernel of the mean over outputs', () => {
    expect(found).toMatchObject({ network: 'LeNet', shape: [12, 12], averaged: 3, dtype: 'float64', seed: 0 })
    const data = read(cwd, 'k.npy').dataSync()
    for (let i = 0; i < 12; i++) for (let j = 0; j < i; j++) expect(data[i * 12 + j]).toBe(data[j * 12 + i])
  })

  it('prints a spectrum that fits the kernel', () => {
    const data = read(cwd, 'k.npy').dataSync()
    const { eigenvalues = [], conditionNumber, effectiveRank, trace } = found.spectrum ?? {}
    const diagonal = Array.from({ length: 12 }, (_, i) => data[i * 13] as number).reduce((a, b) => a + b)
    expect(eigenvalues).toHaveLength(12)
    expect(eigenvalues).toEqual([...eigenvalues].sort((a, b) => b - a))
    expect(trace).toBeCloseTo(diagonal, 8)
    expect(eigenvalues.reduce((a, b) => a + b)).toBeCloseTo(diagonal, 8)
    expect(conditionNumber).toBeCloseTo((eigenvalues[0] as number) / (eigenvalues[11] as number), 6)
    expect(effectiveRank).toBeGreaterThan(1)
    expect(effectiveRank).toBeLessThan(12)
  })

  it('writes what each layer contributes, whose sum is the kernel', () => {
    expect(found.layers?.map(({ name }) => name)).toEqual([
      '0_Conv',
      '3_Conv',
      '7_Dense',
      '9_Dense',
      '11_Dense',
    ])
    expect(found.layers?.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12)
    const parts = decodeNpz(new Uint8Array(readFileSync(join(cwd, found.layersOut ?? ''))))
    const sum = new Float64Array(144)
    for (const part of Object.values(parts)) {
      part.dataSync().forEach((value: number, i: number) => {
        sum[i] = (sum[i] as number) + value
      })
    }
    close(tensorFromData(sum, [12, 12]), read(cwd, 'k.npy'))
  })

  it('draws the spectrum in three forms', () => {
    expect(found.figures).toEqual(['k-spectrum.svg', 'k-spectrum.png', 'k-spectrum.vl.json'])
    expect(readFileSync(join(cwd, 'k-spectrum.svg'), 'utf8')).toContain('eigenvalue of the kernel matrix')
    expect(readFileSync(join(cwd, 'k-spectrum.vl.json'), 'utf8')).toContain('of 12 glyphs has effective rank')
    expect(readFileSync(join(cwd, 'k-spectrum.png')).subarray(1, 4).toString()).toBe('PNG')
  })
})

describe('ntk empirical', () => {
  const small = ['--hidden', '6,5', '--inputs', 'a.npy']

  it('keeps all pairs of outputs with --full, whose diagonal has the mean of --trace', async () => {
    const cwd = arrays()
    const full = await compute(cwd, ...small, '--outputs', '2', '--full', '--out', 'full.npy')
    const traced = await compute(cwd, ...small, '--outputs', '2', '--trace', '--out', 'mean.npy')
    expect(full.shape).toEqual([5, 5, 2, 2])
    expect(full.spectrum?.eigenvalues).toHaveLength(10)
    expect(traced.shape).toEqual([5, 5])
    const pairs = read(cwd, 'full.npy').dataSync()
    const mean = Float64Array.from(
      { length: 25 },
      (_, i) => (Number(pairs[4 * i]) + Number(pairs[4 * i + 3])) / 2,
    )
    close(tensorFromData(mean, [5, 5]), read(cwd, 'mean.npy'))
  })

  it('gives the same kernel by every implementation', async () => {
    const cwd = arrays()
    await compute(cwd, ...small)
    for (const how of ['structured-derivatives', 'jacobian-contraction', 'ntk-vector-products']) {
      const found = await compute(cwd, ...small, '--implementation', how, '--out', 'other.npy')
      expect(found.implementation).toBe(how)
      close(read(cwd, 'other.npy'), read(cwd, 'empirical.npy'))
    }
  })

  it('finds the rank of a kernel that has fewer outputs than samples', async () => {
    const found = await compute(arrays(), ...small, '--outputs', '2', '--get', 'nngp')
    expect(found.spectrum).toMatchObject({ rank: 2, conditionNumber: null })
  })

  it('takes two arrays, and then has no spectrum', async () => {
    const cwd = arrays()
    const found = await compute(cwd, ...small, '--inputs2', 'b.npy', '--get', 'nngp', '--dtype', 'float32')
    expect(found).toMatchObject({ shape: [5, 2], dtype: 'float32', implementation: null })
    expect(found.spectrum).toBeUndefined()
    expect(read(cwd, 'empirical.npy').dtype).toBe('float32')
    expect(existsSync(join(cwd, 'empirical-spectrum.svg'))).toBe(false)
  })

  it('names the layers of a spec by their places, within repeats and names too', async () => {
    const cwd = arrays()
    const dense = ['named', { name: 'dense' }, ['Dense', { out: 4 }]]
    const block = ['named', { name: 'block' }, ['serial', ['Tanh'], dense]]
    writeFileSync(
      join(cwd, 'net.json'),
      JSON.stringify(['serial', ['Dense', { out: 4 }], ['repeat', { n: 2 }, block], ['Dense', { out: 1 }]]),
    )
    const found = await compute(cwd, '--network', 'net.json', '--inputs', 'a.npy', '--layers')
    const names = found.layers?.map(({ name }) => name)
    expect(names).toEqual(['0_Dense', '1.0.1_Dense', '1.1.1_Dense', '2_Dense'])
  })

  it('puts zeros around images that a network finds too small, and says so', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'images.npy'), encodeNpy(normal(key(3), [2, 28, 28, 1])))
    const network = ['--architecture', 'wide-resnet', '--channels', '2', '--normalization', 'layer']
    const ran = await ntk(['empirical', ...network, '--inputs', 'images.npy'], { cwd })
    expect(ran.stderr).toContain('border of zeros: Wide ResNet takes 32 × 32 at least')
    expect(ran.stdout).toContain('ntk of shape 2 × 2')
    expect(ran.stdout).toMatch(/effective rank {2}1\.\d+ of 2/)
  })

  it.each([
    ['cnn-f', ['--channels', '2', '--depth', '1']],
    ['cnn-p', ['--channels', '2', '--depth', '2']],
    ['myrtle-5', ['--channels', '2', '--activation', 'Erf']],
    ['alexnet', ['--factor', '0.01']],
  ])('knows %s', async (name, size) => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'images.npy'), encodeNpy(normal(key(3), [2, 8, 8, 1])))
    const args = ['--architecture', name, ...size, '--inputs', 'images.npy']
    expect((await compute(cwd, ...args)).shape).toEqual([2, 2])
  })

  it('computes the kernel that a run has found at its start', async () => {
    const cwd = temporaryFolder()
    const settings = ['--train', '10', '--test', '10', '--classes', '3,8', '--hidden', '12', '--seed', '5']
    const ran = await ntk(['dynamics', ...settings, '--steps', '5', '--widths', 'none', '--json'], { cwd })
    const { run } = JSON.parse(ran.stdout) as { run: string }
    const found = await compute(cwd, '--run', run, '--full')
    expect(found).toMatchObject({ run, seed: 5, shape: [10, 10, 2, 2] })
    close(read(cwd, 'empirical.npy'), read(cwd, `${run}/stages/empirical/ntk_train_train.npy`))
  })

  it('warns that batch normalization couples all samples', async () => {
    const cwd = arrays()
    writeFileSync(
      join(cwd, 'net.yaml'),
      '[serial, [Dense, {out: 4}], [BatchNorm], [Relu], [Dense, {out: 1}]]',
    )
    const found = await compute(cwd, '--network', 'net.yaml', '--inputs', 'a.npy')
    expect(found.warnings.join()).toContain('all 5 samples depend on each other')
  })

  it('writes nothing when it is interrupted', async () => {
    const cwd = arrays()
    const controller = new AbortController()
    controller.abort()
    const ran = await ntk(['empirical', ...small], { cwd, signal: controller.signal })
    expect(ran.code).toBe(130)
    expect(existsSync(join(cwd, 'empirical.npy'))).toBe(false)
  })

  it('keeps the kernel when its figure cannot be written, and says so', async () => {
    const cwd = arrays()
    const ran = await ntk(['empirical', ...small, '--out', 'k.npy'], {
      cwd,
      onStderr: (text) => {
        // A folder takes the name of the figure once the kernel is there.
        if (text.startsWith('empirical ntk')) mkdirSync(join(cwd, 'k-spectrum.svg'))
      },
    })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(/error disk:[\s\S]*kept {2}the kernel, in k\.npy/)
    expect(read(cwd, 'k.npy').shape).toEqual([5, 5])
  })

  it.each<[string, string[], RegExp]>([
    [
      'an unknown architecture',
      ['--architecture', 'lenett'],
      /error config: .*\(--architecture\)[\s\S]*"lenet"\?/,
    ],
    [
      'a size that the network does not have',
      ['--architecture', 'lenet', '--channels', '4'],
      /\(--channels\) has no place in lenet[\s\S]*--factor/,
    ],
    ['a size without a network that has it', ['--factor', '2'], /\(--factor\) has no place in/],
    [
      'a depth that no wide residual network has',
      ['--architecture', 'wide-resnet', '--depth', '12'],
      /\(--depth\) of wide-resnet[\s\S]*10, 16, 22/,
    ],
    [
      'hidden layers in LeNet',
      ['--architecture', 'lenet', '--hidden', '3'],
      /\(--hidden\) has no place in lenet/,
    ],
    ['two networks', ['--architecture', 'lenet', '--network', 'net.json'], /each say what the network is/],
    ['outputs beside a spec', ['--outputs', '3', '--network', 'net.json'], /says its outputs itself/],
    ['an unknown activation', ['--activation', 'Rleu'], /error spec: .*"Rleu"[\s\S]*Relu/],
    ['an unknown implementation', ['--implementation', 'fast'], /\(--implementation\) must be one of auto/],
    ['layers of the nngp', ['--get', 'nngp', '--layers'], /only the ntk is a sum over layers/],
    ['both --trace and --full', ['--trace', '--full'], /error option: --trace averages/],
    ['NaN in the inputs', ['--inputs', 'nan.npy'], /error not-finite: nan\.npy[\s\S]*NaN in sample 1/],
    ['vectors for a network of images', ['--architecture', 'lenet', '--inputs', 'a.npy'], /error shape:/],
    [
      'sides of different shapes',
      ['--inputs', 'a.npy', '--inputs2', 'wide.npy'],
      /error shape: .*both sides/,
    ],
    [
      'a run that does not exist',
      ['--run', 'runs/none'],
      /error file: runs\/none is not the folder of a run/,
    ],
    ['a seed beside a run', ['--run', 'runs/none', '--seed', '1'], /so --seed has no place beside it/],
  ])('refuses %s with exit code 2 and writes nothing', async (_case, args, message) => {
    const cwd = arrays()
    writeFileSync(join(cwd, 'net.json'), '["Dense", {"out": 2}]')
    writeFileSync(join(cwd, 'wide.npy'), encodeNpy(normal(key(4), [5, 4])))
    const nan = tensorFromData(new Float64Array([1, 2, 3, Number.NaN]), [2, 2])
    writeFileSync(join(cwd, 'nan.npy'), encodeNpy(nan))
    const ran = await ntk(['empirical', ...args], { cwd })
    expect(ran.stderr).toMatch(message)
    expect(ran.code).toBe(2)
    expect(existsSync(join(cwd, 'empirical.npy'))).toBe(false)
  })
})

describe('the README on ntk empirical', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const section = readme.split(/^## /m).find((part) => part.startsWith('`ntk empirical`')) ?? ''

  it('names every flag', () => {
    for (const name of [...empiricalSettings.flags.map((flag) => flag.name), 'run', 'trace']) {
      expect(section).toContain(`\`${flagName(name)}`)
    }
  })

  it('names no flag that does not exist', async () => {
    const help = await ntk(['empirical', '--help'])
    const flagsIn = (text: string): string[] => text.match(/--[a-z][a-z0-9-]*/g) ?? []
    for (const flag of flagsIn(section)) expect(flagsIn(help.stdout)).toContain(flag)
  })
})
