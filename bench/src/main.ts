/**
 * `pnpm bench [-- filter]`: every job in milliseconds (the median of up to seven runs, after a second of running) and as a ratio to
 * matrix products of 2048 that take turns with it, first with the machine's BLAS, then in a second process without it
 * (`NTK_BLAS=off`), where the unit is still a product by the machine's BLAS, called directly. `pnpm bench -- --device cpu,wasm` runs the
 * same jobs on each device instead: see `devices/main.ts`.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { FloatDType } from '@ntk/tensor'
import { deviceRows } from './cases/devices.js'
import { dynamicsRows } from './cases/dynamics.js'
import { empiricalRows } from './cases/empirical.js'
import { imageTrainingRows } from './cases/image-training.js'
import { kernelRows, spaceRows } from './cases/kernels.js'
import { linalgRows } from './cases/linalg.js'
import { startRows } from './cases/start.js'
import { trainingRows } from './cases/training.js'
import { benchDevices } from './devices/main.js'
import { blasForChild, directProduct } from './direct.js'
import type { Row } from './row.js'
import { formatResult, runRow, type Yardsticks } from './table.js'
import { time } from './timing.js'
import { yardstick } from './yardstick.js'

const blas = process.env.NTK_BLAS !== 'off'
const { values: flags, positionals: words } = parseArgs({
  args: process.argv.slice(2).filter((w) => w !== '--'),
  options: { device: { type: 'string' } },
  allowPositionals: true,
})

const own = { float64: yardstick('float64'), float32: yardstick('float32') }
/** What rows are measured against; our own products where there is no BLAS at all. */
const yard: Yardsticks = blas
  ? own
  : {
      float64: directProduct('float64', 2048) ?? own.float64,
      float32: directProduct('float32', 2048) ?? own.float32,
    }

async function product(dtype: FloatDType): Promise<string> {
  const ms = (await time(own[dtype])).median
  return `${dtype} ${ms.toFixed(0)} ms (${((2 * 2048 ** 3) / ms / 1e6).toFixed(0)} GFLOP/s)`
}

async function benchRows(): Promise<void> {
  process.stdout.write(
    `\n${blas ? 'With BLAS' : 'NTK_BLAS=off'}: matrix product of 2048: ${await product('float64')}, ${await product('float32')}\n`,
  )

  const rows: readonly Row[] = [
    ...startRows,
    ...kernelRows,
    ...spaceRows,
    ...linalgRows,
    ...dynamicsRows,
    ...trainingRows,
    ...imageTrainingRows,
    ...empiricalRows,
  ]
  async function runRows(some: readonly Row[]): Promise<void> {
    for (const row of some) {
      if (words.length > 0 && !words.some((w) => row.name.toLowerCase().includes(w.toLowerCase()))) continue
      process.stdout.write(`${formatResult(await runRow(row, yard, blas))}\n`)
    }
  }

  await runRows(rows)
  // at last, for a device brings threads of its own
  if (blas) await runRows(await deviceRows())

  if (blas) {
    const env = { ...process.env, ...blasForChild(), NTK_BLAS: 'off' }
    const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...words], {
      stdio: 'inherit',
      env,
    })
    process.exitCode = status ?? 1
  }
}

if (flags.device === undefined) await benchRows()
else await benchDevices(flags.device, words)
