import { type Aval, type DType, sizeOf, type WindowParams, type WindowParamsRecord } from '@ntk/tensor'
import { numbersOf } from '../fuse.js'
import type { Machine } from '../machine.js'
import type { DeviceMemory } from '../memory.js'
import { axisNumbers, named } from '../text/axes.js'
import { cTypes } from '../text/types.js'
import type { Value } from '../value.js'
import { type CudaTable, filledBy, written } from './rule.js'

function geometry(x: Value, windows: readonly number[], p: WindowParamsRecord): readonly number[] {
  return axisNumbers(
    x.shape.map((size, axis) => ({
      size,
      windows: windows[axis] as number,
      taps: p.window[axis] as number,
      stride: p.strides[axis] as number,
      low: p.padding[axis]?.[0] as number,
      gap: p.baseDilation[axis] as number,
      step: p.windowDilation[axis] as number,
    })),
  )
}

/** Splits thread i into coordinates w0, w1, ... of its window. */
function windowOf(rank: number): string {
  const lines = ['i64 r = i;']
  for (let axis = rank - 1; axis >= 0; axis--)
    lines.push(`const i64 w${axis} = r % windows${axis}; r /= windows${axis};`)
  return `${lines.join('\n')}\n`
}

/** Runs `inside` for each element of x that the window covers, in order; `from` is its place. */
function eachCovered(rank: number, inside: string): string {
  const open: string[] = []
  for (let axis = 0; axis < rank; axis++) {
    const before = axis === 0 ? '0' : `from${axis - 1}`
    open.push(`for (i64 t${axis} = 0; t${axis} < taps${axis}; t${axis}++) {
const i64 p${axis} = w${axis} * stride${axis} + t${axis} * step${axis} - low${axis};
if (p${axis} < 0 || p${axis} % gap${axis} != 0 || p${axis} / gap${axis} >= size${axis}) continue;
const i64 from${axis} = ${before} * size${axis} + p${axis} / gap${axis};`)
  }
  const from = rank === 0 ? '0' : `from${rank - 1}`
  return `${open.join('\n')}\nconst i64 from = ${from};\n${inside}${'}'.repeat(rank)}\n`
}

/** Place of the first maximum of each window, −1 where it covers nothing. */
const placesText = (dtype: DType, rank: number): string => `${named(rank, 3)}${windowOf(rank)}
const ${cTypes[dtype]}* x = (const ${cTypes[dtype]}*)a.v[1];
i64 best = -1;
{${eachCovered(rank, `if (best < 0 || x[from] > x[best] || (x[from] != x[from] && x[best] == x[best])) best = from;`)}}
((i64*)a.v[2])[i] = best;
`

function firstMaxima(
  machine: Machine,
  x: Value,
  windows: readonly number[],
  p: WindowParamsRecord,
): DeviceMemory {
  const count = sizeOf(windows)
  const from = numbersOf(machine, x)
  const text = placesText(x.dtype, x.shape.length)
  return written(machine, 8 * count, (places) =>
    machine.run(text, count, { v: [count, from, places, ...geometry(x, windows, p)] }),
  )
}

/** t at the first maxima of x, `empty` where a window covers nothing. */
function gathered(
  machine: Machine,
  x: Value,
  t: Value,
  p: WindowParamsRecord,
  out: Aval,
  empty: string,
): [Value] {
  const count = sizeOf(out.shape)
  const places = firstMaxima(machine, x, out.shape, p)
  const type = cTypes[t.dtype]
  const text = `
const i64 place = ((const i64*)a.v[2])[i];
((${type}*)a.v[3])[i] = place < 0 ? ${empty} : ((const ${type}*)a.v[1])[place];
`
  try {
    const from = numbersOf(machine, t)
    return [filledBy(machine, out, (to) => machine.run(text, count, { v: [count, from, places, to] }))]
  } finally {
    places.release()
  }
}

/**
 * One thread an element of x: it looks at the windows that may cover it, in order, and adds those whose first maximum it is. A tap t
 * covers element e from window w where w · stride = e · gap + low − t · step.
 */
function scatterText(dtype: DType, rank: number): string {
  const type = cTypes[dtype]
  const total = dtype === 'float32' ? 'double' : type
  const lines = [named(rank, 4), 'i64 r = i;']
  for (let axis = rank - 1; axis >= 0; axis--)
    lines.push(`const i64 e${axis} = r % size${axis}; r /= size${axis};`)
  lines.push(`${total} total = 0;`)
  for (let axis = 0; axis < rank; axis++) {
    const before = axis === 0 ? '0' : `at${axis - 1}`
    // the last tap reaches the first window
    lines.push(`for (i64 t${axis} = taps${axis} - 1; t${axis} >= 0; t${axis}--) {
const i64 s${axis} = e${axis} * gap${axis} + low${axis} - t${axis} * step${axis};
if (s${axis} < 0 || s${axis} % stride${axis} != 0 || s${axis} / stride${axis} >= windows${axis}) continue;
const i64 at${axis} = ${before} * windows${axis} + s${axis} / stride${axis};`)
  }
  const at = rank === 0 ? '0' : `at${rank - 1}`
  const add = dtype === 'int32' ? 'total = (int)((u32)total + (u32)ct[at]);' : 'total += ct[at];'
  return `${lines.join('\n')}
const i64 at = ${at}; const ${type}* ct = (const ${type}*)a.v[2];
if (((const i64*)a.v[1])[at] == i) ${add}
${'}'.repeat(rank)}
((${type}*)a.v[3])[i] = total;
`
}

const sumText = (dtype: DType, rank: number): string => {
  const type = cTypes[dtype]
  const total = dtype === 'float32' ? 'double' : type
  const add = dtype === 'int32' ? 'total = (int)((u32)total + (u32)x[from]);' : 'total += x[from];'
  return `${named(rank, 3)}${windowOf(rank)}
const ${type}* x = (const ${type}*)a.v[1];
${total} total = 0;
{${eachCovered(rank, add)}}
((${type}*)a.v[2])[i] = total;
`
}

export const windows: CudaTable<keyof WindowParams> = {
  windowSum: (machine, [x], p, [out]) => {
    const count = sizeOf(out.shape)
    const from = numbersOf(machine, x)
    return [
      filledBy(machine, out, (to) =>
        machine.run(sumText(x.dtype, x.shape.length), count, {
          v: [count, from, to, ...geometry(x, out.shape, p)],
        }),
      ),
    ]
  },
  windowMax: (machine, [x], p, [out]) =>
    gathered(
      machine,
      x,
      x,
      p,
      out,
      x.dtype === 'int32' ? '(-2147483647 - 1)' : `(${cTypes[x.dtype]})-NTK_INF`,
    ),
  windowGatherMax: (machine, [x, t], p, [out]) => gathered(machine, x, t, p, out, '0'),
  windowScatterMax: (machine, [x, ct], p, [out]) => {
    const places = firstMaxima(machine, x, ct.shape, p)
    try {
      const from = numbersOf(machine, ct)
      return [
        filledBy(machine, out, (to) =>
          machine.run(scatterText(ct.dtype, x.shape.length), x.size, {
            v: [x.size, places, from, to, ...geometry(x, ct.shape, p)],
          }),
        ),
      ]
    } finally {
      places.release()
    }
  },
}
