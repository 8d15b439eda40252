/** Memory that is told beforehand, beside what a process of its own took: within 30 %. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

// Only Linux forgets the peak of a process: what loading took would hide what the kernel takes.
test.skipIf(!existsSync('/proc/self/clear_refs')).each([
  ['vectors', [1500, 1500]],
  ['space', [1, 1]],
] as const)('%s', (job, shape) => {
  const found = JSON.parse(
    execFileSync(
      process.execPath,
      [
        '--conditions=@ntk/source',
        '--import',
        'tsx',
        join(import.meta.dirname, 'fixtures/peak-child.ts'),
        job,
      ],
      { encoding: 'utf8', env: { ...process.env, NTK_THREADS: '1' } },
    ),
  )
  expect(found.shape).toEqual(shape)
  expect(found.told / found.took).toBeGreaterThan(0.7)
  expect(found.told / found.took).toBeLessThan(1.3)
})
