import type { Aval } from '../aval.js'
import { NtkError } from '../errors.js'
import type { ContractParams, Padding } from '../primitives.js'
import { normalizeAxes, type Shape, showShape } from '../shape.js'
import { commonDType, floats, type InferTable, needDType, shapeError } from './rule.js'

/** Size of the output along one axis; 0 where the window does not fit. */
export function windowedSize(
  size: number,
  window: number,
  stride: number,
  padding: readonly [number, number],
  baseDilation: number,
  windowDilation: number,
): number {
  const base = (size === 0 ? 0 : (size - 1) * baseDilation + 1) + padding[0] + padding[1]
  const reach = (window - 1) * windowDilation + 1
  return base < reach || window === 0 ? 0 : Math.floor((base - reach) / stride) + 1
}

/** Positive integers for strides and dilations, integer pairs for padding, one an axis. */
export function checkGeometry(
  name: string,
  rank: number,
  positives: Readonly<Record<string, Shape>>,
  padding: Padding,
): void {
  for (const [what, list] of Object.entries(positives)) {
    if (list.length !== rank || list.some((v) => !Number.isInteger(v) || v < 1)) {
      throw new NtkError('shape', {
        what: `${name} needs ${rank} positive integers as ${what}.`,
        got: showShape(list),
      })
    }
  }
  if (padding.length !== rank || padding.some((p) => p.length !== 2 || !p.every(Number.isInteger))) {
    throw new NtkError('shape', {
      what: `${name} needs ${rank} pairs of integers as padding.`,
      got: JSON.stringify(padding),
    })
  }
}

export const contraction: InferTable<keyof ContractParams> = {
  dotGeneral: (inputs, p, name) => {
    const [a, b] = inputs
    const dtype = commonDType(name, inputs)
    needDType(name, a, [...floats, 'int32'])
    const pair = (left: Shape, right: Shape, role: string): void => {
      if (left.length !== right.length || left.some((l, i) => a.shape[l] !== b.shape[right[i] as number])) {
        throw shapeError(
          name,
          `needs ${role} axes of equal sizes (left ${showShape(left)}, right ${showShape(right)})`,
          a,
          b,
        )
      }
    }
    normalizeAxes(name, [...p.lhsContract, ...p.lhsBatch], a.shape.length)
    normalizeAxes(name, [...p.rhsContract, ...p.rhsBatch], b.shape.length)
    pair(p.lhsContract, p.rhsContract, 'contracted')
    pair(p.lhsBatch, p.rhsBatch, 'batch')
    const free = (x: Aval, used: Shape): number[] => x.shape.filter((_, i) => !used.includes(i))
    const shape = [
      ...p.lhsBatch.map((i) => a.shape[i] as number),
      ...free(a, [...p.lhsBatch, ...p.lhsContract]),
      ...free(b, [...p.rhsBatch, ...p.rhsContract]),
    ]
    return [{ shape, dtype }]
  },
  convGeneralDilated: (inputs, p, name) => {
    const [x, w] = inputs
    const dtype = commonDType(name, inputs)
    needDType(name, x, floats)
    const rank = x.shape.length - 2
    if (rank < 0 || w.shape.length !== x.shape.length) {
      throw shapeError(name, 'needs lhs [n, spatial..., c] and rhs [window..., c / groups, out]', x, w)
    }
    checkGeometry(
      name,
      rank,
      { strides: p.strides, lhsDilation: p.lhsDilation, rhsDilation: p.rhsDilation },
      p.padding,
    )
    const { featureGroups: fg, batchGroups: bg } = p
    const [n, c, out] = [x.shape[0] as number, x.shape[rank + 1] as number, w.shape[rank + 1] as number]
    if (
      fg < 1 ||
      bg < 1 ||
      (fg > 1 && bg > 1) ||
      c !== fg * (w.shape[rank] as number) ||
      out % fg !== 0 ||
      n % bg !== 0 ||
      out % bg !== 0
    ) {
      throw shapeError(
        name,
        `needs channels, outputs and batch divisible by its groups (feature ${fg}, batch ${bg})`,
        x,
        w,
      )
    }
    const spatial = p.strides.map((s, i) =>
      windowedSize(
        x.shape[i + 1] as number,
        w.shape[i] as number,
        s,
        p.padding[i] as [number, number],
        p.lhsDilation[i] as number,
        p.rhsDilation[i] as number,
      ),
    )
    return [{ shape: [n / bg, ...spatial, out], dtype }]
  },
}
