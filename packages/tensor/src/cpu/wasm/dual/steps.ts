import type { DualStep } from '../../../composites/contracts.js'
import type { Engine } from '../engine.js'
import type { FloatArray } from '../types.js'

/** What a step costs a pair about, in milliseconds. */
export const MS_PER_STEP = 4e-6

export const even = (n: number): number => n + (n & 1)
export const fours = (n: number): number => Math.ceil(n / 4) * 4

/** kind and parameters, as assembly/dual/stack.ts reads them; the last of ABRelu is equal to the first where it is a ReLU of some slope. */
function encode(step: DualStep, table: number): [number, number, number, number] {
  switch (step.kind) {
    case 'affine':
      return [0, step.wVar, step.bVar, 0]
    case 'abRelu': {
      const { a, b } = step
      return [1, (a * a + b * b) / 2, (a - b) ** 2 / (2 * Math.PI), (a + b) ** 2 / 2]
    }
    case 'erf':
      return [2, step.a, step.b, step.c]
    case 'profile':
      return [3, table, step.panels, step.gain]
  }
}

/** Byte addresses after `base`, handed out in order. */
export function layout(base: number): (elements: number) => number {
  let next = base
  return (elements) => {
    const at = next
    next += Math.ceil((elements * 8) / 64) * 64
    return at
  }
}

/** Elements of the table of steps, and of what steps have beside their parameters. */
export const stepsSize = (steps: readonly DualStep[]): number =>
  steps.reduce(
    (size, step) => size + (step.kind === 'profile' ? step.table.length : 0),
    4 * (steps.length + 1),
  )

/** Writes the table of steps at `at`. */
export function writeSteps(e: Engine, steps: readonly DualStep[], at: number): void {
  const memory = e.f64()
  let beside = at + 32 * (steps.length + 1)
  steps.forEach((step, i) => {
    memory.set(encode(step, beside), at / 8 + 4 * i)
    if (step.kind !== 'profile') return
    memory.set(step.table, beside / 8)
    beside += step.table.length * 8
  })
}

/** Elements that `dualTile` needs for each call that runs at a time. */
export const WORK = 256

/** Elements of the table of `n` variances through all steps, in rows of `stride`. */
export const tableSize = (steps: number, stride: number): number => stride * (2 * steps + 1)

/** Writes the variances, and what becomes of them after every step. */
export function writeVariances(
  e: Engine,
  table: number,
  steps: number,
  variances: FloatArray,
  at: number,
  stride: number,
): void {
  const memory = e.f64()
  memory.set(variances, at / 8)
  memory.fill(0, at / 8 + variances.length, at / 8 + stride)
  e.call.dualVariances(table, steps, at, stride, stride * 8)
}
