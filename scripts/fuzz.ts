/** Fuzzing of arguments, files, configs and specs, for longer than a test run has: `pnpm fuzz --minutes 30`, and `--seed 7` for other arguments than last time. */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { root } from './workspace.js'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 1e6) },
  },
})
const { status } = spawnSync('npx', ['vitest', 'run', 'tests/fuzz'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, FUZZ_MINUTES: values.minutes, FUZZ_SEED: values.seed },
})
process.exitCode = status ?? 1
