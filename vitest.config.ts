import { defineConfig, type ViteUserConfig } from 'vitest/config'

// Tests run on sources: every @ntk package resolves to its src through the `@ntk/source` condition.
const conditions = ['@ntk/source', 'node', 'import', 'module', 'default']

// Where the continuous run wants a machine-readable report of what passed and failed.
const report = process.env.NTK_TEST_REPORT

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'apps/*/test/**/*.test.ts',
      'bench/test/**/*.test.ts',
      'tests/**/*.test.ts',
    ],
    testTimeout: 60_000,
    pool: 'forks',
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
})

export default config
