import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ntk, temporaryFolder } from './support.js'

const small = ['--w-var', '0.5:3:6', '--b-var', '0:0.4:3', '--depth', '12', '--samples', '12', '--json']

interface Done {
  readonly run: string
  readonly findings: readonly { name: string; value: number; theory: number; verdict: string }[]
  readonly results: {
    readonly critical: { wVar: number; qStar: number } | null
    readonly line: readonly (readonly [number, number])[]
  }
}

async function phase(args: readonly string[], cwd: string): Promise<Done> {
  const ran = await ntk(['phase', ...small, ...args], { cwd })
  expect(ran.stderr).toBe('')
  expect(ran.code).toBe(0)
  return JSON.parse(ran.stdout)
}

describe('ntk phase', () => {
  it('finds the critical point of erf and the laws of depth around it', async () => {
    const cwd = temporaryFolder()
    const { run, results, findings } = await phase(['--b-std', '0.2236067977499790'], cwd)
    // The critical line's value for a variance of biases of 0.05, computed with 50 digits.
    expect(results.critical?.wVar).toBeCloseTo(1.3758390073466815, 10)
    expect(findings.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['critical-kappa', 'agrees'],
      ['ordered-growth', 'agrees'],
      ['chaotic-fall', 'agrees'],
    ])
    expect(findings[0]?.theory).toBeCloseTo(7, 10)
    for (const name of ['phases', 'depth']) {
      for (const type of ['svg', 'png'])
        expect(existsSync(join(cwd, run, 'figures', `${name}.${type}`))).toBe(true)
    }
  })

  it('takes ReLU: critical with (m + 3) / 3, and no chaos', async () => {
    const { results, findings } = await phase(['--activation', 'Relu', '--b-std', 'none'], temporaryFolder())
    expect(results.critical?.wVar).toBeCloseTo(2, 12)
    // Without biases variances vanish in order, and there is no law of its spectrum.
    expect(findings).toMatchObject([
      { name: 'critical-kappa', theory: expect.closeTo(5, 10), verdict: 'agrees' },
    ])
  })

  it('takes dropout, whose condition number has a limit in order', async () => {
    const dropout = await phase(['--keep', '0.9'], temporaryFolder())
    expect(dropout.findings.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['critical-kappa', 'agrees'],
      ['ordered-kappa', 'agrees'],
      ['chaotic-fall', 'agrees'],
    ])
    const none = await ntk(['phase', ...small, '--keep', '0'], { cwd: temporaryFolder() })
    expect(none.code).toBe(2)
  })

  it('takes residual layers behind layer norm', async () => {
    const residual = await phase(['--residual', '--layer-norm'], temporaryFolder())
    expect(residual.results.critical?.wVar).toBeGreaterThan(0)
    expect(residual.findings.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['critical-kappa', 'agrees'],
      ['ordered-growth', 'agrees'],
      ['chaotic-fall', 'agrees'],
    ])
  })

  it('takes residual layers that add a share of what comes in, whose line is 1 − a² of that without', async () => {
    const rest = 1 - 0.7 ** 2
    const share = ['--residual', '--residual-share', '0.7', '--b-std', String(Math.sqrt(0.05 * rest))]
    const { results, findings } = await phase(share, temporaryFolder())
    expect(results.critical?.wVar).toBeCloseTo(1.3758390073466815 * rest, 10)
    expect(findings.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['critical-kappa', 'agrees'],
      ['ordered-growth', 'agrees'],
      ['chaotic-fall', 'agrees'],
    ])
    const plain = await phase(['--b-std', '0.2236067977499790'], temporaryFolder())
    expect(results.line.length).toBeGreaterThan(50)
    expect(results.line.flat()).toEqual(plain.results.line.flat().map((v) => expect.closeTo(v * rest, 10)))
  })

  it('draws the critical line of dropout where σ_w² / keep is that without', async () => {
    const [dropout, plain] = [
      await phase(['--keep', '0.8'], temporaryFolder()),
      await phase([], temporaryFolder()),
    ]
    expect(dropout.results.line).toEqual(
      plain.results.line.map(([w, b]) => [expect.closeTo(0.8 * w, 10), expect.closeTo(b, 10)]),
    )
  })

  it.each([
    [
      ['--residual', '--residual-share', '0'],
      /residualShare \(--residual-share\) must be (above|more than|greater than) 0/,
    ],
    [['--residual', '--residual-share', '1.2'], /residualShare \(--residual-share\) must be at most 1/],
    [['--residual-share', '0.5'], /give --residual/],
  ])('refuses %j with exit code 2, before any folder is made', async (args, words) => {
    const cwd = temporaryFolder()
    const ran = await ntk(['phase', ...args], { cwd })
    expect(ran.stderr).toMatch(words)
    expect(ran.code).toBe(2)
    expect(existsSync(join(cwd, 'runs'))).toBe(false)
  })

  it('refuses what is no activation, before any folder is made', async () => {
    const cwd = temporaryFolder()
    for (const [activation, words] of [
      ['Erff', /Erf/],
      ['Dense', /one activation|out/],
      ['["Erf"', /no JSON/],
      ['Sign', /jumps/],
    ] as const) {
      const ran = await ntk(['phase', ...small, '--activation', activation], { cwd })
      expect(ran.code).toBe(2)
      expect(ran.stdout + ran.stderr).toMatch(words)
    }
    const ran = await ntk(['phase', '--w-var', '3:1:5'], { cwd })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(/must rise/)
    expect(existsSync(join(cwd, 'runs'))).toBe(false)
  })
})
