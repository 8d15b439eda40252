/** Commands other than `ntk dynamics` on a device: what they compute there is what the CPU computes, within float32. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chooseBackend } from '@ntk/backend-tfjs'
import { decodeNpy, type Tensor } from '@ntk/tensor'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ntk, temporaryFolder } from './support.js'

const cwd = temporaryFolder()

async function found<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await ntk([...args, '--json'], { cwd })
  expect(stderr).not.toContain('error')
  expect(code).toBe(0)
  return JSON.parse(stdout) as T
}

/** The same command on the CPU and on wasm. */
async function both<T>(...args: string[]): Promise<{ cpu: T; wasm: T }> {
  return { cpu: await found<T>(...args), wasm: await found<T>(...args, '--device', 'wasm') }
}

/** What wasm has computed differs from what the CPU has by less than a share of the largest number; another precision leaves some. */
function expectRounded(got: ArrayLike<number>, want: ArrayLike<number>, bound: number): void {
  expect(operations()).toBeGreaterThan(0)
  expect(got.length).toBe(want.length)
  const size = Math.max(...Array.from(want, Math.abs))
  const off = Math.max(...Array.from(want, (v, i) => Math.abs((got[i] ?? Number.NaN) - v))) / size
  expect(off).toBeLessThan(bound)
  expect(off).toBeGreaterThan(0)
}

const read = (file: string): Tensor => decodeNpy(readFileSync(join(cwd, file)))

/** Operations that wasm has done in this test. */
let operations: () => number
beforeEach(async () => {
  const run = vi.spyOn((await chooseBackend('wasm')).backend, 'run')
  operations = () => run.mock.calls.length
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('--device', () => {
  it.each([
    ['ntk kernel', false, ['kernel', '--train', '12', '--hidden', '8,8', '--tile', '5']],
    ['ntk kernel by tiles on disk', true, ['kernel', '--train', '12', '--hidden', '8,8', '--tile', '5']],
    ['ntk empirical', false, ['empirical', '--train', '8', '--hidden', '16', '--classes', '0,1,2']],
  ] as const)('of %s writes the kernel of the CPU in float32', async (_, onDisk, args) => {
    await found(...args, ...(onDisk ? ['--sink', 'tiles-cpu'] : []), '--out', 'cpu.npy')
    expect(operations()).toBe(0)
    await found(...args, ...(onDisk ? ['--sink', 'tiles-wasm'] : []), '--out', 'wasm.npy', '--device', 'wasm')
    const [cpu, wasm] = [read('cpu.npy'), read('wasm.npy')]
    expect([cpu.dtype, wasm.dtype]).toEqual(['float64', 'float32'])
    expectRounded(wasm.dataSync(), cpu.dataSync(), 2e-5)
  })

  it('of ntk kernel estimates from the networks of the CPU', async () => {
    const args = ['kernel', '--train', '8', '--hidden', '16', '--monte-carlo', '3']
    await found(...args, '--out', 'mc-cpu.npy')
    await found(...args, '--out', 'mc-wasm.npy', '--device', 'wasm')
    expectRounded(read('mc-wasm.npy').dataSync(), read('mc-cpu.npy').dataSync(), 2e-6)
  })

  it.each([
    ['the squared loss', ['--linearized', '--batch', '8']],
    ['cross-entropy', ['--loss', 'cross-entropy', '--optimizer', 'adam', '--batch', '8']],
  ])(
    'of ntk train gives the losses of the CPU: %s',
    async (_, flags) => {
      interface Done {
        readonly results: Readonly<
          Record<'network' | 'linearized', { sets: { test: { loss: number[] } } } | null>
        >
      }
      const small = ['--train', '24', '--test', '12', '--classes', '0,1,7', '--hidden', '16', '--steps', '20']
      const { cpu, wasm } = await both<Done>('train', ...small, ...flags)
      for (const curve of ['network', 'linearized'] as const) {
        const [want, got] = [cpu, wasm].map(({ results }) => results[curve]?.sets.test.loss ?? [])
        if (want?.length === 0) continue
        expectRounded(got ?? [], want ?? [], 1e-4)
      }
      expect(cpu.results.linearized !== null).toBe(flags.includes('--linearized'))
    },
    60_000,
  )

  it.each(['infinite', 'empirical'])(
    'of ntk learning-rate gives the rates of the CPU: %s',
    async (kernel) => {
      interface Rates {
        readonly rates: readonly { readonly largest: number }[]
      }
      const { cpu, wasm } = await both<Rates>(
        'learning-rate',
        '--train',
        '12',
        '--hidden',
        '16',
        '--kernel',
        kernel,
      )
      const of = ({ rates }: Rates): number[] => rates.map(({ largest }) => largest)
      expectRounded(of(wasm), of(cpu), 1e-5)
    },
  )

  it.each(['ensemble', 'network'])('of ntk predict gives the losses of the CPU: %s', async (of) => {
    interface Predicted {
      readonly times: readonly { readonly testLoss: number; readonly deviation: number | null }[]
    }
    const args = [
      'predict',
      '--train',
      '16',
      '--test',
      '8',
      '--hidden',
      '16',
      '--of',
      of,
      '--times',
      '0,10,100',
    ]
    const { cpu, wasm } = await both<Predicted>(...args)
    const losses = ({ times }: Predicted): number[] => times.map(({ testLoss }) => testLoss)
    expectRounded(losses(wasm), losses(cpu), 1e-4)
    const deviations = ({ times }: Predicted): number[] => times.map(({ deviation }) => deviation ?? 0)
    if (of === 'ensemble') expectRounded(deviations(wasm), deviations(cpu), 1e-4)
  })

  it('of a run is that of its parameters: ntk empirical starts where it started', async () => {
    const small = [
      '--train',
      '8',
      '--test',
      '4',
      '--classes',
      '0,1',
      '--hidden',
      '16',
      '--widths',
      'none',
      '--steps',
      '2',
    ]
    const { run } = await found<{ run: string }>('dynamics', ...small, '--device', 'wasm')
    await found('empirical', '--run', run, '--out', 'of-run.npy')
    await found('empirical', '--run', run, '--device', 'wasm', '--out', 'on-wasm.npy')
    await found('empirical', '--train', '8', '--classes', '0,1', '--hidden', '16', '--out', 'of-cpu.npy')
    const [cpu, ofRun, onWasm] = ['of-cpu.npy', 'of-run.npy', 'on-wasm.npy'].map((file) =>
      read(file).dataSync(),
    )
    expectRounded(ofRun ?? [], cpu ?? [], 2e-6)
    expectRounded(onWasm ?? [], cpu ?? [], 2e-6)
  }, 60_000)

  it.each(['train', 'kernel', 'empirical', 'learning-rate', 'predict'])(
    'of ntk %s refuses float64, and a device that is missing, before anything is written',
    async (command) => {
      const here = temporaryFolder()
      // where folders of runs are made stands a file: whoever tries fails on it
      writeFileSync(join(here, 'runs'), '')
      const wide = await ntk([command, '--device', 'wasm', '--dtype', 'float64', '--json'], { cwd: here })
      expect(JSON.parse(wide.stdout)).toMatchObject({
        error: { code: 'config', got: '--dtype float64', fix: expect.stringContaining('--device cpu') },
      })
      const missing = await ntk([command, '--device', 'tensorflow-gpu', '--json'], { cwd: here })
      expect(JSON.parse(missing.stdout)).toMatchObject({
        error: {
          code: 'unsupported',
          fix: expect.stringContaining('npm install --ignore-scripts @tensorflow/tfjs-node-gpu'),
        },
      })
      expect([wide.code, missing.code]).toEqual([2, 2])
      expect(readdirSync(here)).toEqual(['runs'])
    },
  )

  it('of a run in float64 is refused where it has none, and beside kernels from files', async () => {
    const small = [
      '--train',
      '6',
      '--test',
      '4',
      '--classes',
      '0,1',
      '--hidden',
      '8',
      '--widths',
      'none',
      '--steps',
      '2',
    ]
    const { run } = await found<{ run: string }>('dynamics', ...small)
    const wide = await ntk(['empirical', '--run', run, '--device', 'wasm', '--json'], { cwd })
    expect(JSON.parse(wide.stdout)).toMatchObject({ error: { code: 'config', got: 'a run in float64' } })
    const files = await ntk(['predict', '--kernels', 'k.npz', '--device', 'wasm', '--json'], { cwd })
    expect(JSON.parse(files.stdout)).toMatchObject({
      error: { code: 'config', what: expect.stringContaining('kernels from files') },
    })
  })

  it('of ntk train needs no number at once: labels, batches and augmented images where a device must be waited for', async () => {
    const { backend } = await chooseBackend('wasm')
    writeFileSync(
      join(cwd, 'cnn.json'),
      '["serial",["Conv",{"out":2,"filter":[3,3]}],["Relu"],["Flatten"],["Dense",{"out":3}]]',
    )
    const small = [
      '--train',
      '12',
      '--test',
      '6',
      '--classes',
      '0,1,7',
      '--network',
      'cnn.json',
      '--steps',
      '4',
    ]
    const changed = ['--batch', '4', '--flip', '--shift', '2', '--random-crop', '20', '--optimizer', 'adam']
    const args = ['train', ...small, ...changed, '--loss', 'cross-entropy', '--device', 'wasm']
    interface Done {
      readonly results: { readonly network: object }
    }
    const want = await found<Done>(...args)
    vi.spyOn(backend, 'readSync').mockReturnValue(null)
    expect((await found<Done>(...args)).results.network).toEqual(want.results.network)
  }, 60_000)
})
