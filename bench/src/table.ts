import type { FloatDType } from '@ntk/tensor'
import { forgetPeak, peakMegabytes } from './memory.js'
import { peerUnitMs, type Row } from './row.js'
import { type Timing, timePaired } from './timing.js'

export type Yardsticks = Readonly<Record<FloatDType, () => unknown>>

export interface Result {
  readonly name: string
  readonly dtype: FloatDType
  readonly blas: boolean
  readonly timing: Timing
  /** Time over that of a matrix product of 2048 by the machine's BLAS that took turns with it. */
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

/** Runs a row in turns with the product that is the unit, and with what the row is held against where there is BLAS. */
export async function runRow(row: Row, yard: Yardsticks, blas: boolean): Promise<Result> {
  const prepared = await row.prepare()
  const rival = blas ? ((await row.beside?.prepare()) ?? null) : null
  forgetPeak()
  const { timing, ratios } = await timePaired(prepared, {
    unit: yard[row.dtype],
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
    blas,
    timing,
    peak,
    units: ratios.unit,
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
    ms(r.timing.median).padStart(9),
    `(best ${ms(r.timing.best)}, first ${ms(r.timing.first)})`.padEnd(36),
    `${r.units.toFixed(2)} units`.padStart(12),
  ]
  if (r.peak !== null) parts.push(`peak ${Math.round(r.peak)} MB`.padStart(12))
  if (r.peerUnits !== undefined) parts.push(`neural-tangents ${r.peerUnits.toFixed(2)}`)
  if (r.goalUnits !== undefined)
    parts.push(`${r.units <= r.goalUnits ? 'within' : 'MISSES'} ${Number(r.goalUnits.toPrecision(3))}`)
  if (r.goalMs !== undefined)
    parts.push(`${r.timing.median <= r.goalMs ? 'within' : 'MISSES'} ${r.goalMs} ms`)
  if (r.beside !== undefined) {
    const { name, ratio, atMost } = r.beside
    parts.push(`${ratio.toFixed(2)} x ${name} (${ratio <= atMost ? 'within' : 'MISSES'} ${atMost})`)
  }
  return parts.join('  ')
}
