import type { FloatDType } from '@ntk/tensor'
import { forgetPeak, peakMegabytes } from './memory.js'
import { peerUnitMs, type Row } from './row.js'
import { type Timing, time } from './timing.js'

export interface Units {
  readonly float64: number
  readonly float32: number
}

export interface Result {
  readonly name: string
  readonly dtype: FloatDType
  readonly blas: boolean
  readonly timing: Timing
  /** Best time over the yardstick of the same run (with BLAS). */
  readonly units: number
  readonly peerUnits?: number
  readonly goalUnits?: number
  readonly goalMs?: number
  /** Largest resident memory of the process while the job ran, in MB. */
  readonly peak: number | null
  readonly beside?: {
    readonly name: string
    readonly ms: number
    readonly ratio: number
    readonly atMost: number
  }
}

export async function runRow(row: Row, units: Units, blas: boolean): Promise<Result> {
  const prepared = await row.prepare()
  forgetPeak()
  const timing = await time(prepared)
  const peak = peakMegabytes()
  const job = blas ? (row.beside?.prepare() ?? null) : null
  const beside = row.beside
  let other: Result['beside']
  if (job !== null && beside !== undefined) {
    const { best } = await time(job)
    other = { name: beside.name, ms: best, ratio: timing.best / best, atMost: beside.atMost }
  }
  return {
    name: row.name,
    dtype: row.dtype,
    blas,
    timing,
    peak,
    units: timing.best / units[row.dtype],
    ...(row.peerMs === undefined ? {} : { peerUnits: row.peerMs / peerUnitMs[row.dtype] }),
    // without BLAS the same jobs may take three times as long
    ...(row.goalUnits === undefined ? {} : { goalUnits: row.goalUnits * (blas ? 1 : 3) }),
    ...(row.goalMs === undefined ? {} : { goalMs: row.goalMs }),
    ...(other === undefined ? {} : { beside: other }),
  }
}

const ms = (value: number): string => `${value < 10 ? value.toFixed(2) : Math.round(value)} ms`

export function formatResult(r: Result): string {
  const parts = [
    r.name.padEnd(58),
    r.dtype,
    (r.blas ? 'BLAS' : 'off').padEnd(4),
    ms(r.timing.best).padStart(9),
    `(median ${ms(r.timing.median)}, first ${ms(r.timing.first)})`.padEnd(38),
    `${r.units.toFixed(2)} units`.padStart(12),
  ]
  if (r.peak !== null) parts.push(`peak ${Math.round(r.peak)} MB`.padStart(12))
  if (r.peerUnits !== undefined) parts.push(`neural-tangents ${r.peerUnits.toFixed(2)}`)
  if (r.goalUnits !== undefined) parts.push(`${r.units <= r.goalUnits ? 'within' : 'MISSES'} ${r.goalUnits}`)
  if (r.goalMs !== undefined) parts.push(`${r.timing.best <= r.goalMs ? 'within' : 'MISSES'} ${r.goalMs} ms`)
  if (r.beside !== undefined) {
    const { name, ratio, atMost } = r.beside
    parts.push(`${ratio.toFixed(2)} x ${name} (${ratio <= atMost ? 'within' : 'MISSES'} ${atMost})`)
  }
  return parts.join('  ')
}
