import { type Aval, type DType, sizeOf } from '@ntk/tensor'
import { numbersOf } from '../fuse.js'
import type { Machine } from '../machine.js'
import type { DeviceMemory } from '../memory.js'
import { cTypes } from '../text/types.js'
import type { Value } from '../value.js'
import { type CudaRule, filledBy, written } from './rule.js'

/** A bitonic network sorts places, one program a layer of it (Batcher 1968). Equal numbers go by their places, so it is stable. */

const firstPlaces = '((int*)a.v[1])[i] = (int)(i % (i64)a.v[2]);\n'

/** NaN comes after every number, and what pads the line to a power of two after NaN. */
const exchangeText = (dtype: DType): string => {
  const type = cTypes[dtype]
  return `
const i64 padded = (i64)a.v[3], length = (i64)a.v[4], inner = (i64)a.v[5], far = (i64)a.v[6], near = (i64)a.v[7];
const i64 line = i / (padded / 2), pair = i % (padded / 2);
const i64 low = pair / near * near * 2 + pair % near;
int* places = (int*)a.v[2] + line * padded;
const ${type}* x = (const ${type}*)a.v[1] + line / inner * length * inner + line % inner;
const int p = places[low], q = places[low + near];
int after;
if (p >= length || q >= length) after = p > q;
else {
const ${type} u = x[p * inner], v = x[q * inner];
after = u != u ? (v != v ? p > q : 1) : v != v ? 0 : u > v || (u == v && p > q);
}
if (after == ((low & far) == 0)) { places[low] = q; places[low + near] = p; }
`
}

const finishText = (dtype: DType, values: boolean): string => {
  const type = cTypes[dtype]
  const result = values ? `((const ${type}*)a.v[1])[start + place * inner]` : 'place'
  return `
const i64 padded = (i64)a.v[4], length = (i64)a.v[5], inner = (i64)a.v[6];
const i64 k = i / inner % length, outer = i / inner / length, q = i % inner;
const int place = ((const int*)a.v[2])[(outer * inner + q) * padded + k];
const i64 start = outer * length * inner + q;
((${values ? type : 'int'}*)a.v[3])[i] = ${result};
`
}

function sortedPlaces(
  machine: Machine,
  x: Value,
  memory: DeviceMemory,
  lines: number,
  length: number,
  inner: number,
  padded: number,
): DeviceMemory {
  const pairs = (lines * padded) / 2
  return written(machine, 4 * lines * padded, (places) => {
    machine.run(firstPlaces, lines * padded, { v: [lines * padded, places, padded] })
    for (let far = 2; far <= padded; far *= 2) {
      for (let near = far / 2; near >= 1; near /= 2) {
        const v = [pairs, memory, places, padded, length, inner, far, near]
        machine.run(exchangeText(x.dtype), pairs, { v })
      }
    }
  })
}

const sorted =
  (values: boolean) =>
  (
    machine: Machine,
    [x]: readonly [Value],
    { axis }: { readonly axis: number },
    [out]: readonly [Aval],
  ): [Value] => {
    const length = x.shape[axis] as number
    const inner = sizeOf(x.shape.slice(axis + 1))
    const lines = length === 0 ? 0 : x.size / length
    const padded = 2 ** Math.ceil(Math.log2(Math.max(length, 1)))
    const memory = numbersOf(machine, x)
    const places = sortedPlaces(machine, x, memory, lines, length, inner, padded)
    try {
      return [
        filledBy(machine, out, (to) =>
          machine.run(finishText(x.dtype, values), x.size, {
            v: [x.size, memory, places, to, padded, length, inner],
          }),
        ),
      ]
    } finally {
      places.release()
    }
  }

export const sort: CudaRule<'sort'> = sorted(true)
export const argSort: CudaRule<'argSort'> = sorted(false)
