/** The command on a GPU of CUDA, which the stand-in of @ntk/backend-cuda plays: what it prints is what it prints on the CPU. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Backend, decodeNpy } from '@ntk/tensor'
import { describe, expect, test, vi } from 'vitest'
import { ntk, temporaryFolder } from '../apps/cli/test/support.js'
import { backendOf } from '../packages/backend-cuda/src/backend.js'
import { compiler } from '../packages/backend-cuda/test/stand-in/compiler.js'
import { type StandIn, standIn } from '../packages/backend-cuda/test/stand-in/index.js'

const played = vi.hoisted((): { cuda: StandIn | null; backend: Backend | null } => ({
  cuda: null,
  backend: null,
}))

vi.mock('@ntk/backend-cuda', () => ({
  openCuda: () => {
    played.cuda ??= standIn()
    played.backend ??= backendOf(played.cuda.api, 0).backend
    const memory = () => ({ free: 2 ** 30, total: 2 ** 30 })
    return Promise.resolve({ backend: played.backend, about: 'a stand-in, sm_80', memory })
  },
}))

const data = ['--data', 'glyphs', '--train', '12', '--classes', '0,1,2']

describe.skipIf(compiler === null)('--device cuda (skipped without a C compiler)', () => {
  const cwd = temporaryFolder()

  /** The numbers of a kernel that a command writes. */
  async function kernel(name: string, ...args: readonly string[]): Promise<Float64Array> {
    const { code, stderr } = await ntk([...args, ...data, '--out', name], { cwd })
    expect(stderr).not.toContain('error')
    expect(code).toBe(0)
    const matrix = decodeNpy(readFileSync(join(cwd, name)))
    expect(matrix.dtype).toBe('float64')
    return Float64Array.from(matrix.dataSync())
  }

  test.each([['kernel'], ['empirical']])('ntk %s gives the float64 of the CPU', async (command) => {
    const net = ['--hidden', '16,16']
    const cpu = await kernel(`${command}-cpu.npy`, command, ...net)
    const before = played.cuda?.launches() ?? 0
    const gpu = await kernel(`${command}-cuda.npy`, command, ...net, '--device', 'cuda')
    expect(played.cuda?.launches()).toBeGreaterThan(before)
    const top = Math.max(...cpu.map(Math.abs))
    cpu.forEach((v, i) => expect(Math.abs(v - (gpu[i] as number)) / top).toBeLessThan(1e-11))
  })

  test('ntk dynamics gives the losses of the CPU', async () => {
    const small = [
      ...data,
      '--test',
      '6',
      '--steps',
      '6',
      '--evaluations',
      '3',
      '--hidden',
      '8',
      '--widths',
      '8',
    ]
    const losses = async (...args: string[]): Promise<readonly number[]> => {
      const flags = ['--networks', '1', '--learning-rate', '0.5', '--json']
      const { code, stdout, stderr } = await ntk(['dynamics', ...small, ...flags, ...args], { cwd })
      expect(stderr).not.toContain('error')
      expect(code).toBe(0)
      const { run } = JSON.parse(stdout) as { run: string }
      const rows = readFileSync(join(cwd, run, 'metrics.jsonl'), 'utf8')
        .trim()
        .split('\n')
      return rows.map((row) => (JSON.parse(row) as { loss: number }).loss)
    }
    const [cpu, gpu] = [await losses(), await losses('--device', 'cuda')]
    expect(cpu.length).toBeGreaterThan(10)
    expect(gpu.length).toBe(cpu.length)
    cpu.forEach((loss, i) => expect(Math.abs(loss - (gpu[i] as number))).toBeLessThan(1e-11))
  })
})
