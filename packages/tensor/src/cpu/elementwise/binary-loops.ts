/** One plain loop for each operation: a call of a shared loop with a function argument costs five times as much. */
import type { TypedArray } from '../../dtype.js'
import type { BinaryNumber, Compare, Logical } from '../../primitives.js'

/** out[o + i] = a[p + i·da] op b[q + i·db] for i < n; steps are 0 or 1. */
export type BinaryLoop = (
  a: TypedArray,
  p: number,
  da: number,
  b: TypedArray,
  q: number,
  db: number,
  out: TypedArray,
  o: number,
  n: number,
) => void

export const binaryLoops: Readonly<Record<BinaryNumber | Compare | Logical, BinaryLoop>> = {
  add: (a, p, da, b, q, db, out, o, n) => {
    for (let i = 0; i < n; i++, p += da, q += db) out[o + i] = (a[p] as number) + (b[q] as number)
  },
  sub: (a, p, da, b, q, db, out, o, n) => {
    for (let i = 0; i < n; i++, p += da, q += db) out[o + i] = (a[p] as number) - (b[q] as number)
  },
  mul: (a, p, da, b, q, db, out, o, n) => {
    for (let i = 0; i < n; i++, p += da, q += db) out[o + i] = (a[p] as number) * (b[q] as number)
  },
  div: (a, p, da, b, q, db, out, o, n) => {
    for (let i = 0; i < n; i++, p += da, q += db) out[o + i] = (a[p] as number) / (b[q] as number)
  },
  rem: (a, p, da, b, q, db, out, o, n) => {
    for (let i = 0; i < n; i++, p += da, q += db) out[o + i] = (a[p] as number) % (b[q] as number)
  },
  max: (a, p, da, b, q, db, out, o, n) => {
    for (let i = 0; i < n; i++, p += da, q += db) out[o + i] = Math.max(a[p] as number, b[q] as number)
  },
  min: (a, p, da, b, q, db, out, o, n) => {
    for (let i = 0; i < n; i++, p += da, q += db) out[o + i] = Math.min(a[p] as number, b[q] as number)
  },
  eq: (a, p, da, b, q, db, out, o, n) => {
    for (let i = 0; i < n; i++, p += da, q += db) out[o + i] = a[p] === b[q] ? 1 : 0
  },
  ne: (a, p, da, b, q, db, out, o, n) => {
    for (let i = 0; i < n; i++, p += da, q += db) out[o + i] = a[p] === b[q] ? 0 : 1
  },
  lt: (a, p, da, b, q, db, out, o, n) => {
    for (let i = 0; i < n; i++, p += da, q += db) out[o + i] = (a[p] as number) < (b[q] as number) ? 1 : 0
  },
  le: (a, p, da, b, q, db, out, o, n) => {
    for (let i = 0; i < n; i++, p += da, q += db) out[o + i] = (a[p] as number) <= (b[q] as number) ? 1 : 0
  },
  gt: (a, p, da, b, q, db, out, o, n) => {
    for (let i = 0; i < n; i++, p += da, q += db) out[o + i] = (a[p] as number) > (b[q] as number) ? 1 : 0
  },
  ge: (a, p, da, b, q, db, out, o, n) => {
    for (let i = 0; i < n; i++, p += da, q += db) out[o + i] = (a[p] as number) >= (b[q] as number) ? 1 : 0
  },
  and: (a, p, da, b, q, db, out, o, n) => {
    for (let i = 0; i < n; i++, p += da, q += db) out[o + i] = (a[p] as number) & (b[q] as number)
  },
  or: (a, p, da, b, q, db, out, o, n) => {
    for (let i = 0; i < n; i++, p += da, q += db) out[o + i] = (a[p] as number) | (b[q] as number)
  },
  xor: (a, p, da, b, q, db, out, o, n) => {
    for (let i = 0; i < n; i++, p += da, q += db) out[o + i] = (a[p] as number) ^ (b[q] as number)
  },
}

/** int32 products must wrap exactly, which doubles above 2^53 do not. */
export const intMul: BinaryLoop = (a, p, da, b, q, db, out, o, n) => {
  for (let i = 0; i < n; i++, p += da, q += db) out[o + i] = Math.imul(a[p] as number, b[q] as number)
}
