import type { FloatDType } from '@ntk/tensor'

/** One line of the table: a job, and what it is held against. */
export interface Row {
  readonly name: string
  readonly dtype: FloatDType
  /** Makes inputs outside of the timed part. */
  readonly prepare: () => Promise<() => unknown> | (() => unknown)
  /** Best time of neural-tangents on jax (CPU) on a two-core machine whose dgemm of 2048 took 250 ms and sgemm 120 ms. */
  readonly peerMs?: number
  /** The bound to reach, in units of the yardstick. */
  readonly goalUnits?: number
  /** The bound to reach in milliseconds, where what counts is a user's patience. */
  readonly goalMs?: number
  /** A second job whose time is the bound instead (sgemm calls of a training step, LAPACK itself), and the allowed multiple. */
  readonly beside?: {
    readonly name: string
    readonly atMost: number
    readonly prepare: () => Promise<() => unknown> | (() => unknown) | null
  }
}

/** Yardsticks of the peer's machine, for its column of ratios. */
export const peerUnitMs: Readonly<Record<FloatDType, number>> = { float64: 250, float32: 120 }
