import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig, type ViteUserConfig } from 'vitest/config'

// Tests run on sources: every @ntk package resolves to its src through the `@ntk/source` condition.
const conditions = ['@ntk/source', 'node', 'import', 'module', 'default']

// Where the continuous run wants a machine-readable report of what passed and failed.
const report = process.env.NTK_TEST_REPORT

// Loading the sources anew takes longer than most test files, so files of the packages that run in one process share what is
// loaded. They leave a default backend, threads and the environment as they found them; what cannot stands among the others.
const shared = ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts']
const apart = ['bench/test/**/*.test.ts', 'tests/**/*.test.ts']

// Generated sources older than what they are made of, the WebAssembly above all, would give wrong numbers without a word.
// Vitest reads this file once for each project.
if (process.env.NTK_PREPARED === undefined) {
  execFileSync(process.execPath, ['scripts/prepare.mjs'], { cwd: import.meta.dirname })
  process.env.NTK_PREPARED = 'yes'
}

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // one for each core: by default one is left free, and on two cores the tests would take twice as long
    maxWorkers: availableParallelism(),
    globalSetup: 'tests/temporary.ts',
    // Files that lie in the cache of whoever runs them must not matter.
    env: { NTK_DATA_DIR: join(import.meta.dirname, 'node_modules/.cache/no-data') },
    projects: [
      { extends: true, test: { name: 'packages', include: shared, isolate: false } },
      { extends: true, test: { name: 'house', include: apart } },
    ],
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
})

export default config
