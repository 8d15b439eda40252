import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chooseBackend } from '@ntk/backend-tfjs'
import { NtkError } from '@ntk/tensor'
import { parquetReadObjects } from 'hyparquet'
import { describe, expect, it, vi } from 'vitest'
import { ntk, temporaryFolder } from './support.js'

const small = ['--train', '10', '--test', '6', '--classes', '0,1,2', '--steps', '12', '--evaluations', '4']
const quick = [...small, '--hidden', '16', '--widths', '8', '--networks', '2', '--learning-rate', '0.5']

/** Why the device tensorflow does not run here; null where it does. */
const missing = await chooseBackend('tensorflow').then(
  () => null,
  (error: unknown) => (error instanceof Error ? error.message : String(error)),
)

describe('ntk dynamics --device', () => {
  const cwd = temporaryFolder()

  /** Losses and accuracies of every curve at every evaluated step. */
  async function curves(...args: string[]): Promise<{ rows: Map<string, number>; stderr: string }> {
    const { code, stdout, stderr } = await ntk(['dynamics', ...quick, '--json', ...args], { cwd })
    expect(stderr).not.toContain('error')
    expect(code).toBe(0)
    const { run } = JSON.parse(stdout) as { run: string }
    const file = readFileSync(join(cwd, run, 'metrics.parquet'))
    const rows = await parquetReadObjects({ file: new Uint8Array(file).buffer })
    const named = rows.map(
      ({ curve, width, split, step, loss }) => [`${curve} ${width} ${split} ${step}`, Number(loss)] as const,
    )
    return { rows: new Map(named), stderr }
  }

  /** The device's curves beside those of the CPU. */
  async function expectCurves(device: string): Promise<void> {
    const cpu = await curves()
    const there = await curves('--device', device)
    expect(there.rows.size).toBe(cpu.rows.size)
    expect([...cpu.rows.keys()].some((name) => name.startsWith('linearized'))).toBe(true)
    let largest = 0
    for (const [name, loss] of cpu.rows) {
      const off = Math.abs((there.rows.get(name) ?? Number.NaN) - loss)
      expect(off, name).toBeLessThan(1e-4)
      largest = Math.max(largest, off)
    }
    // it was another device, in another precision
    expect(largest).toBeGreaterThan(0)
  }

  it("gives the CPU's curves to 1e-4 on wasm, in float32", () => expectCurves('wasm'), 180_000)

  it.skipIf(missing !== null)(
    `gives them on tensorflow${missing === null ? '' : ` (${missing})`}`,
    () => expectCurves('tensorflow'),
    180_000,
  )

  it('names what is missing, and the precision that a device lacks', async () => {
    const gpu = await ntk(['dynamics', ...quick, '--device', 'tensorflow-gpu'], { cwd })
    expect(gpu.stderr).toContain('npm install --ignore-scripts @tensorflow/tfjs-node-gpu')
    expect(gpu.code).toBe(2)
    const wide = await ntk(['dynamics', ...quick, '--device', 'wasm', '--dtype', 'float64'], { cwd })
    expect(wide.stderr).toContain('--device cpu or cuda, which have float64')
    expect(wide.code).toBe(2)
    // also where a file says so, with devices that are left open, and for a plan
    writeFileSync(join(cwd, 'wide.yaml'), 'device: wasm\ndtype: float64\n')
    const asked = [
      ['--config', 'wide.yaml'],
      ['--device', 'auto', '--dtype', 'float64'],
      ['--config', 'wide.yaml', '--plan'],
    ]
    for (const flags of asked) {
      const { code, stdout } = await ntk(['dynamics', ...flags, '--json'], { cwd })
      expect(JSON.parse(stdout)).toMatchObject({
        error: {
          code: 'config',
          got: '--dtype float64',
          what: expect.stringContaining('computes in float32'),
        },
      })
      expect(code).toBe(2)
    }
    const other = await ntk(['dynamics', ...quick, '--device', 'wasn'], { cwd })
    expect(other.stderr).toContain('wasm')
    expect(other.code).toBe(2)
  })

  it('ends with what was lost where a device goes in mid-run, and is resumed to the same results', async () => {
    const here = temporaryFolder()
    const args = ['dynamics', ...quick, '--device', 'wasm', '--json']
    const whole = JSON.parse((await ntk(args, { cwd })).stdout) as { run: string; results: object }

    const { backend } = await chooseBackend('wasm')
    const read = backend.read.bind(backend)
    const lost = new NtkError('backend', {
      what: 'The tfjs-wasm backend has lost its device.',
      got: 'unplugged',
    })
    const finished = (stage: string): boolean =>
      readdirSync(join(here, 'runs')).some((run) =>
        existsSync(join(here, 'runs', run, 'stages', stage, 'stage.json')),
      )
    const failing = vi.spyOn(backend, 'read').mockImplementation(async (tensor) => {
      if (finished('empirical')) throw lost
      return read(tensor)
    })
    const cut = await ntk(args, { cwd: here })
    failing.mockRestore()
    const { error } = JSON.parse(cut.stdout) as { error: { kept: string } }
    expect(error).toMatchObject({ code: 'backend', what: lost.what, got: 'unplugged' })
    const resume = /go on with: ntk dynamics --resume (\S+)$/.exec(error.kept)?.[1] ?? expect.fail(error.kept)
    expect(cut.code).toBe(2)

    const resumed = await ntk(['dynamics', '--resume', resume, '--json'], { cwd: here })
    expect(resumed.code).toBe(0)
    expect((JSON.parse(resumed.stdout) as { results: object }).results).toEqual(whole.results)
  }, 180_000)

  it('refuses a device that is missing before it makes a folder', async () => {
    const here = temporaryFolder()
    // where folders of runs are made stands a file: whoever tries fails on it
    writeFileSync(join(here, 'runs'), '')
    const { code, stdout } = await ntk(['dynamics', ...quick, '--device', 'tensorflow-gpu', '--json'], {
      cwd: here,
    })
    expect(JSON.parse(stdout)).toMatchObject({
      error: {
        code: 'unsupported',
        fix: expect.stringContaining('npm install --ignore-scripts @tensorflow/tfjs-node-gpu'),
      },
    })
    expect(code).toBe(2)
    expect(readdirSync(here)).toEqual(['runs'])
  })
})
