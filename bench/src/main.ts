/**
 * `pnpm bench [-- filter]`: every job in milliseconds (the median of up to seven runs after the first) and as a ratio to
 * matrix products of 2048 that take turns with it, first with the machine's BLAS, then in a second process without it
 * (`NTK_BLAS=off`), where the unit is what the first process measured.
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
import { time } from './timing.js'
import { yardstick } from './yardstick.js'

const given = process.env.NTK_BENCH_UNITS
const blas = process.env.NTK_BLAS !== 'off'
const words = process.argv.slice(2).filter((w) => w !== '--')

const yard = { float64: yardstick('float64'), float32: yardstick('float32') }
const own: Units = {
  float64: (await time(yard.float64)).median,
  float32: (await time(yard.float32)).median,
}
const units: Units = given === undefined ? own : (JSON.parse(given) as Units)
const gflops = (ms: number): string => `${((2 * 2048 ** 3) / ms / 1e6).toFixed(0)} GFLOP/s`
process.stdout.write(
  `\n${blas ? 'With BLAS' : 'NTK_BLAS=off'}: matrix product of 2048: float64 ${own.float64.toFixed(0)} ms (${gflops(own.float64)}), float32 ${own.float32.toFixed(0)} ms (${gflops(own.float32)})\n`,
)

const rows = [...startRows, ...kernelRows, ...linalgRows, ...dynamicsRows, ...trainingRows, ...empiricalRows]
for (const row of rows) {
  if (words.length > 0 && !words.some((w) => row.name.toLowerCase().includes(w.toLowerCase()))) continue
  process.stdout.write(`${formatResult(await runRow(row, units, blas ? yard : null))}\n`)
}

if (blas) {
  const env = { ...process.env, NTK_BLAS: 'off', NTK_BENCH_UNITS: JSON.stringify(units) }
  const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...words], {
    stdio: 'inherit',
    env,
  })
  process.exitCode = status ?? 1
}
