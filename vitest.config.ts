import { defineConfig } from 'vitest/config'

// Tests run on sources: every @ntk package resolves to its src through the `@ntk/source` condition.
const conditions = ['@ntk/source', 'node', 'import', 'module', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts'],
    testTimeout: 60_000,
    pool: 'forks',
  },
})
