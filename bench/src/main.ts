/**
 * `pnpm bench [-- filter]`: every job in milliseconds and as a ratio to one matrix product of 2048 measured in the
 * same run, first with the machine's BLAS, then in a second process without it (`NTK_BLAS=off`).
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { dynamicsRows } from './cases/dynamics.js'
import { empiricalRows } from './cases/empirical.js'
import { kernelRows } from './cases/kernels.js'
import { linalgRows } from './cases/linalg.js'
import { startRows } from './cases/start.js'
import { trainingRows } from './cases/training.js'
import { formatResult, runRow, type Units } from './table.js'
import { yardstick } from './yardstick.js'

const given = process.env.NTK_BENCH_UNITS
const blas = process.env.NTK_BLAS !== 'off'
const words = process.argv.slice(2).filter((w) => w !== '--')

const own: Units = { float64: await yardstick('float64'), float32: await yardstick('float32') }
const units: Units = given === undefined ? own : (JSON.parse(given) as Units)
const gflops = (ms: number): string => `${((2 * 2048 ** 3) / ms / 1e6).toFixed(0)} GFLOP/s`
process.stdout.write(
  `\n${blas ? 'With BLAS' : 'NTK_BLAS=off'}: matrix product of 2048: float64 ${own.float64.toFixed(0)} ms (${gflops(own.float64)}), float32 ${own.float32.toFixed(0)} ms (${gflops(own.float32)})\n`,
)

const rows = [...startRows, ...kernelRows, ...linalgRows, ...dynamicsRows, ...trainingRows, ...empiricalRows]
for (const row of rows) {
  if (words.length > 0 && !words.some((w) => row.name.toLowerCase().includes(w.toLowerCase()))) continue
  process.stdout.write(`${formatResult(await runRow(row, units, blas))}\n`)
}

if (blas) {
  const env = { ...process.env, NTK_BLAS: 'off', NTK_BENCH_UNITS: JSON.stringify(units) }
  const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...words], {
    stdio: 'inherit',
    env,
  })
  process.exitCode = status ?? 1
}
