/** The Jacobian of one use of a parameter: what the primitive it enters makes of it. */
import { type Atom, type Equation, type PrimitiveEquation, runEquation, vjp, vmap } from '@ntk/autodiff'
import {
  bind1,
  broadcastTo,
  expandDims,
  moveAxis,
  type Params,
  pad,
  reshape,
  type Shape,
  sizeOf,
  slice,
  stack,
  sum,
  type Tensor,
  transpose,
} from '@ntk/tensor'
import { repeating } from '../analysis/flow.js'
import type { Factor } from './factors.js'

/** One equation at its values, with parameter u (or u repeated to rows) at `position`, and cotangents [b, ...output] of its outputs. */
export interface UseSite {
  readonly equation: Equation
  /** The value of an input of the equation. */
  readonly read: (atom: Atom) => Tensor
  /** The sample axis of an input or output that has one (an output of null: all rows are one sample). */
  readonly axisOf: (atom: Atom) => number | null
  readonly position: number
  readonly u: Tensor
  readonly cotangents: readonly [Tensor, ...Tensor[]]
}

/** The sample axis to the front of the axes from `lead` on; a new axis of one sample where there is none. */
export function samplesFirst(x: Tensor, axis: number | null, lead = 0): Tensor {
  return axis === null ? expandDims(x, lead) : moveAxis(x, axis + lead, lead)
}

const without = (rank: number, ...used: readonly (Shape | number | null)[]): number[] => {
  const gone = new Set(used.flat())
  return Array.from({ length: rank }, (_, i) => i).filter((i) => !gone.has(i))
}

function dotUse(
  { inputs: [lhs, rhs], params: p }: PrimitiveEquation<'dotGeneral'>,
  { read, axisOf, position, cotangents: [cotangent] }: UseSite,
): Factor {
  const left = { atom: lhs, contract: p.lhsContract, batch: p.lhsBatch }
  const right = { atom: rhs, contract: p.rhsContract, batch: p.rhsBatch }
  const onLeft = position === 0
  const [mine, other] = onLeft ? [left, right] : [right, left]
  const u = read(mine.atom)
  const x = read(other.atom)
  const axis = axisOf(other.atom)
  // Pairs of axes in the order in which u has them, so that all uses of u agree.
  const byAxis = (list: Shape): number[] =>
    list.map((_, i) => i).sort((i, j) => (list[i] as number) - (list[j] as number))
  const at = (list: Shape, order: readonly number[]): number[] => order.map((i) => list[i] as number)
  const groupOrder = byAxis(mine.batch)
  const contractOrder = byAxis(mine.contract)
  const uFree = without(u.rank, mine.batch, mine.contract)
  const xFree = without(x.rank, other.batch, other.contract)
  const positions = xFree.filter((i) => i !== axis)
  const sizes = (t: Tensor, axes: Shape): number[] => axes.map((i) => t.shape[i] as number)
  const n = axis === null ? 1 : (x.shape[axis] as number)
  const g = sizeOf(sizes(u, mine.batch))
  const k = sizeOf(sizes(u, mine.contract))
  const w = sizeOf(sizes(u, uFree))
  const places = sizeOf(sizes(x, positions))
  const lead = axis === null ? [] : [axis]
  const a = reshape(
    transpose(x, [
      ...lead,
      ...at(other.batch, groupOrder),
      ...positions,
      ...at(other.contract, contractOrder),
    ]),
    [n, g, places, k],
  )

  // Axes of the cotangent: b, then those of the output: batch, left free, right free.
  const nb = mine.batch.length
  const ofX = (i: number): number => 1 + nb + (onLeft ? uFree.length : 0) + xFree.indexOf(i)
  const ofU = (i: number): number => 1 + nb + (onLeft ? 0 : xFree.length) + i
  const perm = [
    0,
    ...lead.map(ofX),
    ...groupOrder.map((i) => 1 + i),
    ...positions.map(ofX),
    ...uFree.map((_, i) => ofU(i)),
  ]
  const ordered = transpose(cotangent, perm)
  const entries = cotangent.shape[0] as number

  const axesInU = [...at(mine.batch, groupOrder), ...at(mine.contract, contractOrder), ...uFree]
  return {
    kind: 'outer',
    a,
    b: reshape(ordered, [entries, n, g, places, w]),
    layout: { dims: sizes(u, axesInU), perm: u.shape.map((_, i) => axesInU.indexOf(i)), shape: u.shape },
    scale: null,
    // The cotangent itself where it has this shape: other factors have the same.
    rows: g * places === 1 ? reshape(ordered, [entries, n, w]) : null,
  }
}

/** All index tuples below `sizes`, the last fastest. */
function tuples(sizes: Shape): number[][] {
  return sizes.reduce<number[][]>(
    (all, d) => all.flatMap((t) => Array.from({ length: d }, (_, i) => [...t, i])),
    [[]],
  )
}

/** [n, places, taps, c]: what each output position of a convolution sees. */
function patches(x: Tensor, window: Shape, out: Shape, p: Params<'convGeneralDilated'>): Tensor {
  const inner = [0, ...p.lhsDilation.map((d) => d - 1), 0]
  const padded = pad(x, [[0, 0], ...p.padding, [0, 0]], { interior: inner })
  const n = x.shape[0] as number
  const c = x.shape.at(-1) as number
  const views = tuples(window).map((tap) => {
    const start = tap.map((t, i) => t * (p.rhsDilation[i] as number))
    const limit = start.map((s, i) => s + ((out[i] as number) - 1) * (p.strides[i] as number) + 1)
    const view = bind1('slice', [padded], {
      start: [0, ...start, 0],
      limit: [n, ...limit, c],
      strides: [1, ...p.strides, 1],
    })
    return reshape(view, [n, sizeOf(out), c])
  })
  return stack(views, 2)
}

function convUse(
  { inputs: [image, kernel], params: p }: PrimitiveEquation<'convGeneralDilated'>,
  { read, axisOf, position, cotangents: [cotangent] }: UseSite,
): Factor | null {
  // A convolution with its image as the parameter, or over several batches, is left to the general way.
  if (position !== 1 || axisOf(image) !== 0 || p.batchGroups !== 1) return null
  const [x, u] = [read(image), read(kernel)]
  const window = u.shape.slice(0, -2)
  const [inner, outer] = u.shape.slice(-2) as [number, number]
  const out = cotangent.shape.slice(2, -1)
  const [n, g, places, w] = [x.shape[0] as number, p.featureGroups, sizeOf(out), outer / p.featureGroups]
  const taps = sizeOf(window)
  const seen = reshape(patches(x, window, out, p), [n, places, taps, g, inner])
  const a = reshape(transpose(seen, [0, 3, 1, 2, 4]), [n, g, places, taps * inner])
  const entries = cotangent.shape[0] as number
  const b = transpose(reshape(cotangent, [entries, n, places, g, w]), [0, 1, 3, 2, 4])
  const spatial = window.map((_, i) => i + 1)
  const rank = window.length
  return {
    kind: 'outer',
    a,
    b,
    layout: { dims: [g, ...window, inner, w], perm: [...spatial, rank + 1, 0, rank + 2], shape: u.shape },
    scale: null,
    rows: null,
  }
}

/** From cotangents [b, ...shape] of u repeated to `shape`, the sum over all repetitions but over the samples. */
function withoutRepetition(cotangent: Tensor, axis: number | null, u: Tensor): Factor {
  const shape = cotangent.shape.slice(1)
  const lead = shape.length - u.rank
  const ofU = samplesFirst(cotangent, axis, 1)
  // Axes of one sample's cotangent, which stand after b and n.
  const axes = shape.map((_, i) => i).filter((i) => i !== axis)
  const repeated = axes.flatMap((i, at) => (i < lead || u.shape[i - lead] === 1 ? [at + 2] : []))
  const summed = repeated.length === 0 ? ofU : sum(ofU, { axis: repeated })
  return dense(reshape(summed, [...ofU.shape.slice(0, 2), ...u.shape]), summed.rank === 3 ? summed : null)
}

function dense(j: Tensor, rows: Tensor | null = null): Factor {
  return { kind: 'dense', j, scale: null, rows }
}

/** Whether each sample of a value of this rank sees all of u (trailing axes aligned), and not a row of its own. */
function sharedBySamples(u: Tensor, rank: number, axis: number | null): boolean {
  const at = axis === null ? -1 : axis - (rank - u.rank)
  return at < 0 || u.shape[at] === 1
}

/** u is combined with every sample alike: the cotangents of its repetitions. */
function elementwiseUse({ equation, read, axisOf, position, cotangents, u }: UseSite): Factor | null {
  const [cotangent] = cotangents
  const axis = outputAxis(equation, axisOf)
  const shape = cotangent.shape.slice(1)
  if (!sharedBySamples(u, shape.length, axis)) return null
  if (equation.primitive === 'add') return withoutRepetition(cotangent, axis, u)
  const along = (v: Tensor): Tensor[] =>
    runEquation(
      equation,
      equation.inputs.map((a, i) => (i === position ? v : read(a))),
    )
  const [, pullback] = vjp(along, broadcastTo(u, shape))
  return withoutRepetition(vmap((ct: Tensor) => pullback([ct])[0])(cotangent), axis, u)
}

/** The sample axis of the first output. */
function outputAxis({ outputs: [out] }: Equation, axisOf: UseSite['axisOf']): number | null {
  return out === undefined ? null : axisOf(out)
}

/** u is joined to every sample: its part of the cotangents. */
function concatenateUse(
  equation: PrimitiveEquation<'concatenate'>,
  { axisOf, position, cotangents: [cotangent], u }: UseSite,
): Factor | null {
  const along = equation.params.axis
  const axis = axisOf(equation.outputs[0])
  if (!sharedBySamples(u, cotangent.rank - 1, axis)) return null
  const size = (i: number): number => equation.inputs[i]?.shape[along] as number
  const start = Array.from({ length: position }, (_, i) => size(i)).reduce((a, b) => a + b, 0)
  const part = slice(cotangent, ...new Array<null>(along + 1).fill(null), [start, start + size(position)])
  return withoutRepetition(part, axis, u)
}

/** Any equation: one sample at a time by vmap. */
function generalUse({ equation, read, axisOf, position, cotangents, u }: UseSite): Factor {
  const inputs = equation.inputs.map(read)
  const axes = equation.inputs.map(axisOf)
  const outputAxes = equation.outputs.map(axisOf)
  const joint = outputAxes.every((axis) => axis === null)
  const sampled = inputs.map((_, i) => typeof axes[i] === 'number')
  const one = (cts: Tensor[], xs: Tensor[]): Tensor => {
    const put = (x: Tensor, i: number): Tensor => (sampled[i] ? expandDims(x, axes[i] as number) : x)
    const [, pullback] = vjp(
      (v: Tensor) =>
        runEquation(
          equation,
          xs.map((x, i) => (i === position ? v : put(x, i))),
        ),
      u,
    )
    return pullback(joint ? cts : cts.map((ct, i) => expandDims(ct, outputAxes[i] as number)))[0]
  }
  if (joint) {
    const j = vmap((cts: Tensor[]) => one(cts, [...inputs]))([...cotangents])
    return dense(expandDims(j, 1))
  }
  const perSample = vmap(one, {
    inAxes: [outputAxes, sampled.map((s, i) => (s ? (axes[i] as number) : null))],
  })
  return dense(vmap((cts: Tensor[]) => perSample(cts, [...inputs]))([...cotangents]))
}

/** The factors of one use. */
export function useFactor(site: UseSite): Factor {
  const { equation } = site
  switch (equation.primitive) {
    case 'dotGeneral':
      return dotUse(equation, site)
    case 'convGeneralDilated':
      return convUse(equation, site) ?? generalUse(site)
    case 'concatenate':
      return concatenateUse(equation, site) ?? generalUse(site)
    case null:
      return generalUse(site)
    default:
      return (repeating.has(equation.primitive) ? elementwiseUse(site) : null) ?? generalUse(site)
  }
}
