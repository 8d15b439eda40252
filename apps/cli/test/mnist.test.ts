import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ntk, temporaryFolder } from './support.js'

const root = process.env.NTK_TEST_DATA ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const digits = join(root, 'mnist')

interface Results {
  readonly results: {
    readonly network: { readonly ofStart: number }
    readonly linearized: { readonly relative: number }
    readonly accuracy: { readonly network: number; readonly predicted: number }
    readonly sweep: {
      readonly points: readonly { readonly networks: readonly { readonly own: number }[] }[]
      readonly laws: Readonly<Record<'kernel' | 'own', { readonly slope: number }>>
    }
  }
}

// The law of the first figure of Lee et al. 2019 on real images: 128 digits at widths that a test can afford.
describe.skipIf(!existsSync(digits))(
  'ntk dynamics on MNIST (skipped where NTK_TEST_DATA or ../shared/data has no mnist)',
  () => {
    it('the network stays within 3 % of its prediction, and twice the width is closer', async () => {
      const ran = await ntk(
        [
          'dynamics',
          '--data',
          'mnist',
          '--data-dir',
          digits,
          '--train',
          '128',
          '--test',
          '128',
          '--steps',
          '30',
          '--evaluations',
          '8',
          '--hidden',
          '512,512,512',
          '--widths',
          '128,256,512',
          '--networks',
          '2',
          '--dtype',
          'float32',
          '--json',
        ],
        { cwd: temporaryFolder() },
      )
      expect(ran.stderr).toBe('')
      const { results } = JSON.parse(ran.stdout) as Results
      expect(results.network.ofStart).toBeLessThan(0.03)
      expect(results.linearized.relative).toBeLessThan(1e-4)
      const distances = results.sweep.points.map(({ networks }) =>
        networks.reduce((sum, one) => sum + one.own, 0),
      )
      expect(distances).toEqual([...distances].sort((a, b) => b - a))
      // theory: −0.5
      for (const { slope } of Object.values(results.sweep.laws)) {
        expect(slope).toBeLessThan(-0.3)
        expect(slope).toBeGreaterThan(-0.8)
      }
      expect(results.accuracy.network).toBeGreaterThan(0.5)
      expect(Math.abs(results.accuracy.network - results.accuracy.predicted)).toBeLessThan(0.04)
    }, 180_000)
  },
)
