import {
  type Aval,
  bytesPerElement,
  type DType,
  type ReduceParams,
  type Shape,
  sizeOf,
  stridesOf,
} from '@ntk/tensor'
import { numbersOf } from '../fuse.js'
import type { Machine } from '../machine.js'
import type { DeviceMemory } from '../memory.js'
import { cTypes } from '../text/types.js'
import type { Value } from '../value.js'
import { type CudaTable, filledBy, picked } from './rule.js'
import { argSort, sort } from './sort.js'

/** How a fold starts and goes on; `total` holds the result so far, `x` the next number. */
interface Fold {
  readonly start: (dtype: DType) => string
  readonly next: (dtype: DType) => string
  /** The C type it adds up in. */
  readonly type: (dtype: DType) => string
}

/** Sums and products of float32 are rounded once. */
const wide = (dtype: DType): string => (dtype === 'float32' ? 'double' : cTypes[dtype])
const wrapping =
  (operator: string) =>
  (dtype: DType): string =>
    dtype === 'int32' ? `total = (int)((u32)total ${operator} (u32)x);` : `total = total ${operator} x;`

function extremum(order: '<' | '>'): Fold {
  const infinity = order === '>' ? '-NTK_INF' : 'NTK_INF'
  const limit = order === '>' ? '(-2147483647 - 1)' : '2147483647'
  const zero = order === '>' ? 'total + x' : '-(-total - x)'
  return {
    start: (dtype) => (dtype === 'int32' ? limit : infinity),
    next: (dtype) =>
      dtype === 'int32'
        ? `total = x ${order} total ? x : total;`
        : `total = total != total ? total : x != x ? x : x == 0 && total == 0 ? ${zero} : x ${order} total ? x : total;`,
    type: (dtype) => cTypes[dtype],
  }
}

const folds = {
  reduceSum: { start: () => '0', next: wrapping('+'), type: wide },
  reduceProd: { start: () => '1', next: wrapping('*'), type: wide },
  reduceMax: extremum('>'),
  reduceMin: extremum('<'),
  reduceAnd: { start: () => '1', next: () => 'total &= x;', type: () => 'u8' },
  reduceOr: { start: () => '0', next: () => 'total |= x;', type: () => 'u8' },
} satisfies Readonly<Record<string, Fold>>

/** Threads that a device should have at least, and numbers that one thread folds before more are worth a second program. */
const enoughThreads = 1 << 16
const longFold = 64

/**
 * [outer, length, inner] to [outer, parts, inner]: part p folds p, p + parts, p + 2 parts, ... Neighbouring threads read neighbouring
 * numbers, and no thread waits for another; the order of the sum depends on the shape alone.
 */
function foldParts(fold: Fold, dtype: DType, from: string, to: string): string {
  return `
const i64 inner = (i64)a.v[5], parts = (i64)a.v[4], length = (i64)a.v[3];
const i64 q = i % inner, rest = i / inner, part = rest % parts;
const ${from}* x0 = (const ${from}*)a.v[1] + (rest / parts * length) * inner + q;
${fold.type(dtype)} total = ${fold.start(dtype)};
for (i64 k = part; k < length; k += parts) { const ${fold.type(dtype)} x = x0[k * inner]; ${fold.next(dtype)} }
((${to}*)a.v[2])[i] = total;
`
}

/** The reduced axes one after the other, moved to the end where they are not neighbours: [outer, length, inner]. */
function joined(
  machine: Machine,
  x: Value,
  axes: Shape,
): { memory: DeviceMemory; outer: number; length: number; inner: number } {
  const length = sizeOf(axes.map((axis) => x.shape[axis] as number))
  const first = axes[0] ?? 0
  const neighbours = axes.every((axis, k) => axis === first + k)
  if (neighbours) {
    const inner = axes.length === 0 ? x.size : sizeOf(x.shape.slice(first + axes.length))
    return {
      memory: numbersOf(machine, x).hold(),
      outer: length * inner === 0 ? sizeOf(x.shape.slice(0, first)) : x.size / length / inner,
      length,
      inner,
    }
  }
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
  const perm = [...kept, ...axes]
  const strides = stridesOf(x.shape)
  const moved = picked(
    machine,
    x,
    { shape: perm.map((axis) => x.shape[axis] as number), dtype: x.dtype },
    0,
    perm.map((axis) => strides[axis] as number),
  )
  const memory = numbersOf(machine, moved).hold()
  moved.release()
  return { memory, outer: sizeOf(kept.map((axis) => x.shape[axis] as number)), length, inner: 1 }
}

const reduce =
  (fold: Fold) =>
  (
    machine: Machine,
    [x]: readonly [Value],
    { axes }: { readonly axes: Shape },
    [out]: readonly [Aval],
  ): [Value] => {
    const { memory, length, inner } = joined(machine, x, axes)
    const { dtype } = x
    const results = sizeOf(out.shape)
    const own = cTypes[dtype]
    const type = fold.type(dtype)
    const parts =
      results >= enoughThreads || length <= longFold
        ? 1
        : Math.max(1, Math.min(Math.ceil(Math.sqrt(length)), Math.ceil(enoughThreads / Math.max(results, 1))))
    try {
      return [
        filledBy(machine, out, (to) => {
          if (parts === 1) {
            machine.run(foldParts(fold, dtype, own, own), results, {
              v: [results, memory, to, length, 1, inner],
            })
            return
          }
          const between = machine.allocate(results * parts * (type === own ? bytesPerElement[dtype] : 8))
          try {
            const threads = results * parts
            machine.run(foldParts(fold, dtype, own, type), threads, {
              v: [threads, memory, between, length, parts, inner],
            })
            machine.run(foldParts(fold, dtype, type, own), results, {
              v: [results, between, to, parts, 1, inner],
            })
          } finally {
            between.release()
          }
        }),
      ]
    } finally {
      memory.release()
    }
  }

/** [outer, length, inner] of one axis. */
function line(x: Value, axis: number): { length: number; inner: number } {
  return { length: x.shape[axis] as number, inner: sizeOf(x.shape.slice(axis + 1)) }
}

const lineStart = (type: string): string => `
const i64 length = (i64)a.v[3], inner = (i64)a.v[4];
const ${type}* x = (const ${type}*)a.v[1] + i / inner * length * inner + i % inner;
`

const argument =
  (order: '<' | '>') =>
  (
    machine: Machine,
    [x]: readonly [Value],
    { axis }: { readonly axis: number },
    [out]: readonly [Aval],
  ): [Value] => {
    const { length, inner } = line(x, axis)
    const results = sizeOf(out.shape)
    const type = cTypes[x.dtype]
    const memory = numbersOf(machine, x)
    const text = `${lineStart(type)}int best = 0; ${type} top = x[0];
for (i64 k = 1; k < length && top == top; k++) {
const ${type} y = x[k * inner];
if (y != y || y ${order} top) { best = (int)k; top = y; }
}
((int*)a.v[2])[i] = best;
`
    return [
      filledBy(machine, out, (to) => machine.run(text, results, { v: [results, memory, to, length, inner] })),
    ]
  }

export const reductions: CudaTable<keyof ReduceParams> = {
  reduceSum: reduce(folds.reduceSum),
  reduceProd: reduce(folds.reduceProd),
  reduceMax: reduce(folds.reduceMax),
  reduceMin: reduce(folds.reduceMin),
  reduceAnd: reduce(folds.reduceAnd),
  reduceOr: reduce(folds.reduceOr),
  argMax: argument('>'),
  argMin: argument('<'),
  cumSum: (machine, [x], { axis, reverse }, [out]) => {
    const { length, inner } = line(x, axis)
    const lines = length === 0 ? 0 : x.size / length
    const { dtype } = x
    const memory = numbersOf(machine, x)
    const sum = folds.reduceSum
    const text = `${lineStart(cTypes[dtype])}${cTypes[dtype]}* out = (${cTypes[dtype]}*)a.v[2] + (x - (const ${cTypes[dtype]}*)a.v[1]);
${sum.type(dtype)} total = 0;
for (i64 n = 0; n < length; n++) {
const i64 k = ${reverse ? 'length - 1 - n' : 'n'};
{ const ${sum.type(dtype)} x1 = x[k * inner]; ${sum.next(dtype).replaceAll(/\bx\b/g, 'x1')} }
out[k * inner] = total;
}
`
    return [
      filledBy(machine, out, (to) => machine.run(text, lines, { v: [lines, memory, to, length, inner] })),
    ]
  },
  sort,
  argSort,
}
