import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Finding } from '../src/experiment/finding.js'
import { experiments } from '../src/papers/all.js'
import { ntk, temporaryFolder } from './support.js'

/** Findings by preset quick that may be too noisy or differ, of all: the rest agree with theory. */
const least: Readonly<Record<string, number>> = {
  'lee-s9': 3,
  'lee-s10': 3,
  'lee-1': 2,
  'lee-s6': 3,
  'lee-2': 3,
  'lee-3': 3,
  'lee-s8': 2,
  'lee-s2': 1,
  'lee-s3': 2,
  'lee-s4': 2,
  'lee-s5': 2,
  'lee-s7': 2,
  'lee-4': 0,
  'lee-rate': 1,
  // Ten seconds are too few for an AlexNet to begin to learn, and its runs say so.
  'samarin-1': 0,
  'samarin-2': 1,
  'samarin-3': 4,
  'samarin-4': 4,
  'samarin-5': 2,
  'samarin-6': 0,
  'samarin-table': 2,
  'xiao-1': 14,
  'xiao-2-training': 3,
  'xiao-2-rate': 2,
  'xiao-2-kernels': 5,
  'xiao-dropout': 8,
  'xiao-skip': 4,
  'xiao-layernorm': 9,
  'xiao-rbf': 5,
  'xiao-dense': 3,
  'xiao-relu': 8,
  'xiao-table-1': 22,
  'lee2018-nngp': 1,
  'lee2018-map': 1,
  'convolutional-gp': 1,
  cntk: 2,
}

describe('the quick preset of an experiment', () => {
  it.each(Object.keys(experiments))(
    '%s runs to its end, and its laws are as theory has them',
    async (name) => {
      const cwd = temporaryFolder()
      const ran = await ntk(['experiment', 'run', name, '--preset', 'quick', '--json'], { cwd })
      expect(ran.stderr).toBe('')
      expect(ran.code).toBe(0)
      const { runs } = JSON.parse(ran.stdout)
      const [{ run, findings }]: [{ run: string; findings: Finding[] }] = runs
      const by = (verdict: Finding['verdict']): string[] =>
        findings.filter((finding) => finding.verdict === verdict).map((finding) => finding.name)
      // One in twenty that agrees with theory is beyond two error bars by chance.
      expect(by('differs').length).toBeLessThanOrEqual(Math.ceil(findings.length / 12))
      expect(by('agrees').length).toBeGreaterThanOrEqual(least[name] ?? Number.POSITIVE_INFINITY)
      const results: { figures: { name: string }[] } = JSON.parse(
        readFileSync(join(cwd, run, 'results.json'), 'utf8'),
      )
      expect(results.figures.length).toBeGreaterThan(0)
      for (const figure of results.figures)
        expect(existsSync(join(cwd, run, 'figures', `${figure.name}.svg`))).toBe(true)
    },
    300_000,
  )
})
