import type { FloatDType } from '@ntk/tensor'
import { forgetPeak, peakMegabytes } from './memory.js'
import { peerUnitMs, type Row } from './row.js'
import { type Timing, timePaired } from './timing.js'

export type Yardsticks = Readonly<Record<FloatDType, () => unknown>>

/** One matrix product of 2048 in milliseconds. */
export interface Units {
  readonly float64: number
  readonly float32: number
}

export interface Result {
  readonly name: string
  readonly dtype: FloatDType
  readonly blas: boolean
  readonly timing: Timing
  /** Times over a matrix product of 2048 (with BLAS) that took turns with it. */
  readonly units: number
  readonly peerUnits?: number
  readonly goalUnits?: number
  readonly goalMs?: number
  /** Largest resident memory of the process while the job ran, in MB. */
  readonly peak: number | null
  readonly beside?: {
    readonly name: string
    readonly ratio: number
    readonly atMost: number
  }
}

/**
 * Runs a row. With `yard`, products of 2048 take turns with the job and are the unit; else (the machine's BLAS is turned off
 * in this process) `units` were measured by the process before.
 */
export async function runRow(row: Row, units: Units, yard: Yardsticks | null): Promise<Result> {
  const prepared = await row.prepare()
  const rival = yard === null ? null : (row.beside?.prepare() ?? null)
  forgetPeak()
  const { timing, ratios } = await timePaired(prepared, {
    ...(yard === null ? {} : { unit: yard[row.dtype] }),
    ...(rival === null ? {} : { rival }),
  } as Record<'unit' | 'rival', () => unknown>)
  const peak = peakMegabytes()
  const { beside } = row
  const other =
    rival === null || beside === undefined
      ? undefined
      : { name: beside.name, ratio: ratios.rival, atMost: beside.atMost }
  return {
    name: row.name,
    dtype: row.dtype,
    blas: yard !== null,
    timing,
    peak,
    units: yard === null ? timing.median / units[row.dtype] : ratios.unit,
    ...(row.peerMs === undefined ? {} : { peerUnits: row.peerMs / peerUnitMs[row.dtype] }),
    // without BLAS the same jobs may take three times as long
    ...(row.goalUnits === undefined ? {} : { goalUnits: row.goalUnits * (yard === null ? 3 : 1) }),
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
    ms(r.timing.median).padStart(9),
    `(best ${ms(r.timing.best)}, first ${ms(r.timing.first)})`.padEnd(36),
    `${r.units.toFixed(2)} units`.padStart(12),
  ]
  if (r.peak !== null) parts.push(`peak ${Math.round(r.peak)} MB`.padStart(12))
  if (r.peerUnits !== undefined) parts.push(`neural-tangents ${r.peerUnits.toFixed(2)}`)
  if (r.goalUnits !== undefined) parts.push(`${r.units <= r.goalUnits ? 'within' : 'MISSES'} ${r.goalUnits}`)
  if (r.goalMs !== undefined)
    parts.push(`${r.timing.median <= r.goalMs ? 'within' : 'MISSES'} ${r.goalMs} ms`)
  if (r.beside !== undefined) {
    const { name, ratio, atMost } = r.beside
    parts.push(`${ratio.toFixed(2)} x ${name} (${ratio <= atMost ? 'within' : 'MISSES'} ${atMost})`)
  }
  return parts.join('  ')
}
