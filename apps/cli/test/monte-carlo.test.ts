import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeNpy } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { ntk, temporaryFolder } from './support.js'

const conv = (options: object = {}): unknown => ['Conv', { out: 4, filter: [3, 3], ...options }]
const end = [['Flatten'], ['Dense', { out: 2 }]]
const finite: [string, unknown][] = [
  ['MaxPool', ['serial', conv(), ['Relu'], ['MaxPool', { window: [2, 2], strides: [2, 2] }], ...end]],
  ['BatchNorm', ['serial', conv(), ['BatchNorm'], ['Relu'], ...end]],
  ['Conv', ['serial', conv(), ['Relu'], conv({ groups: 2 }), ...end]],
  [
    'MaxPool',
    [
      'serial',
      ['FanOut', { n: 2 }],
      ['parallel', ['MaxPool', { window: [2, 2] }], ['MaxPool', { window: [2, 2] }]],
      ['FanInSum'],
      ...end,
    ],
  ],
]

function folderWith(net: unknown): string {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'net.json'), JSON.stringify(net))
  return cwd
}

const numbers = (cwd: string, name: string): number[] => [
  ...decodeNpy(readFileSync(join(cwd, name))).dataSync(),
]

describe('a network without a kernel at infinite width', () => {
  it.each(finite)('is refused by the name of %s, and the estimate offered: %j', async (name, net) => {
    const cwd = folderWith(net)
    for (const command of [['kernel'], ['kernel', '--plan'], ['describe']]) {
      const ran = await ntk([...command, '--network', 'net.json', '--train', '4'], { cwd })
      expect(ran.code).toBe(2)
      expect(ran.stderr).toMatch(
        new RegExp(`${name}.* no kernel at infinite width[\\s\\S]*--monte-carlo 100`),
      )
    }
    expect(existsSync(join(cwd, 'kernel.npy'))).toBe(false)
  })

  it('is estimated with --monte-carlo: mean and standard errors, and the same again', async () => {
    const cwd = folderWith(finite[0]?.[1])
    const args = ['kernel', '--network', 'net.json', '--train', '4', '--monte-carlo', '6', '--json']
    const found = JSON.parse((await ntk([...args, '--out', 'k.npy'], { cwd })).stdout)
    expect(found).toMatchObject({ shape: [4, 4], monteCarlo: { draws: 6, out: 'k-error.npy' } })
    expect(found.monteCarlo.relativeError).toBeGreaterThan(0)
    expect(Math.max(...numbers(cwd, 'k-error.npy'))).toBe(found.monteCarlo.largestError)
    await ntk([...args, '--out', 'again.npy'], { cwd })
    expect(numbers(cwd, 'again.npy')).toEqual(numbers(cwd, 'k.npy'))
  })
})

describe('ntk kernel --monte-carlo', () => {
  // Linear networks of any width have the kernels of infinite width in the mean.
  it.each(['ntk', 'nngp'])('agrees with the exact %s within its errors, and says which', async (get) => {
    const cwd = folderWith(['serial', ['Dense', { out: 24, wStd: 1.3 }], ['Dense', { out: 4, bStd: 0.2 }]])
    const args = ['kernel', '--network', 'net.json', '--train', '6', '--get', get]
    await ntk([...args, '--out', 'exact.npy'], { cwd })
    const ran = await ntk([...args, '--monte-carlo', '300', '--out', 'k.npy'], { cwd })
    expect(ran.stdout).toMatch(/estimate +mean of 300 networks, standard error .* %.* in k-error\.npy/)
    const [exact, mean, error] = ['exact.npy', 'k.npy', 'k-error.npy'].map((name) => numbers(cwd, name))
    const squares = (mean ?? []).map((m, i) => ((m - (exact?.[i] ?? 0)) / (error?.[i] ?? 0)) ** 2)
    const mean2 = squares.reduce((a, b) => a + b, 0) / squares.length
    expect(mean2).toBeGreaterThan(0.02)
    expect(mean2).toBeLessThan(6)
  })

  it('has a plan, and no sink', async () => {
    const cwd = folderWith(finite[1]?.[1])
    const args = ['kernel', '--network', 'net.json', '--train', '4', '--monte-carlo', '6']
    const { stdout } = await ntk([...args, '--plan'], { cwd })
    expect(stdout).toMatch(
      /writes +ntk to kernel\.npy, then its standard errors to kernel-error\.npy\ndraws +6 /,
    )
    const refused = await ntk([...args, '--sink', 'tiles'], { cwd })
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/monteCarlo with a sink/)
  })
})
