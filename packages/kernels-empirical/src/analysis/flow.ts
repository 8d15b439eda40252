import { type Atom, type Equation, type Program, trace } from '@ntk/autodiff'
import {
  any,
  binaryFloat,
  binaryNumber,
  infer,
  isFloat,
  notEqual,
  type Primitive,
  sameShape,
  slice,
  Tensor,
  type Value,
} from '@ntk/tensor'
import { indexOf } from './program.js'
import { outputSampleAxis } from './sample-axis.js'

/** What a value of a program depends on. */
export type Kind =
  /** Neither on parameters nor on x. */
  | 'constant'
  /** On parameters only: the same for all samples. */
  | 'parameter'
  /** On x only. */
  | 'input'
  /** On both, differentiably in the parameters. */
  | 'hidden'

/** A program with the dependences of its values, and where its samples are. */
export interface Flow {
  readonly equations: readonly Equation[]
  readonly output: Atom
  readonly size: number
  readonly kindOf: (atom: Atom) => Kind
  /** The sample axis of a value that depends on x; null where samples mix somewhere in the program, and for other values. */
  readonly axisOf: (atom: Atom) => number | null
  /** The parameter that a value repeats to a larger shape, else the value itself. */
  readonly sourceOf: (atom: Atom) => Atom
  /** Whether no sample's output depends on another sample. */
  readonly independent: boolean
}

/** Primitives whose operands are repeated to a common shape. */
export const repeating: ReadonlySet<Primitive> = new Set<Primitive>([
  ...binaryNumber,
  ...binaryFloat,
  'select',
])

/** Parameters that are written out to a larger shape, by the value that repeats them. */
function repetitions(equations: readonly Equation[], kindOf: (atom: Atom) => Kind): (atom: Atom) => Atom {
  const source = new Map<number, Atom>()
  for (const equation of equations) {
    if (equation.primitive !== 'broadcastTo') continue
    const { inputs, outputs } = equation
    if (kindOf(inputs[0]) === 'parameter') source.set(indexOf(outputs[0]), inputs[0])
  }
  return (atom) => source.get(indexOf(atom)) ?? atom
}

/**
 * A parameter that is repeated to the shape of the value it is combined with (a bias, written out as rows) is taken
 * before the repetition, which the elementwise primitives do by themselves.
 */
function withoutRepetition(equation: Equation, sourceOf: (atom: Atom) => Atom): Equation {
  if (equation.primitive === null || !repeating.has(equation.primitive)) return equation
  const inputs = equation.inputs.map(sourceOf)
  const [out] = infer(equation.primitive, inputs, equation.params)
  return sameShape(out.shape, equation.outputs[0].shape) ? ({ ...equation, inputs } as Equation) : equation
}

/**
 * Reads the dependences off a program whose last input is x (samples along axis 0) and whose others are parameters.
 * With `joint` samples are taken to mix, whatever the program says.
 */
export function analyse(program: Program, joint = false): Flow {
  const kinds = new Array<Kind>(program.size).fill('constant')
  const kindOf = (atom: Atom): Kind => (atom.value === null ? (kinds[atom.index] as Kind) : 'constant')
  const x = program.inputs.at(-1) as Program['inputs'][number]
  for (const v of program.inputs) kinds[v.index] = isFloat(v.dtype) ? 'parameter' : 'constant'
  kinds[x.index] = 'input'
  for (const { inputs, outputs } of program.equations) {
    const of = inputs.map(kindOf)
    const ofParameters = of.includes('parameter') || of.includes('hidden')
    const ofInput = of.includes('input') || of.includes('hidden')
    for (const v of outputs) {
      // Comparisons and indices carry no derivative: what they select is constant in the parameters.
      const smooth = isFloat(v.dtype) && ofParameters
      kinds[v.index] = ofInput ? (smooth ? 'hidden' : 'input') : smooth ? 'parameter' : 'constant'
    }
  }
  const sourceOf = repetitions(program.equations, kindOf)
  const equations = program.equations.map((equation) => withoutRepetition(equation, sourceOf))
  const output = program.outputs[0] as Atom

  const axes = sampleAxes(equations, program.size, [[x, 0]], x.shape[0] as number, sourceOf)
  const independent = !joint && axes !== null && output.value === null && axes[output.index] === 0
  return {
    equations,
    output,
    size: program.size,
    kindOf,
    axisOf: (atom) => (independent && atom.value === null ? (axes[atom.index] as number | null) : null),
    sourceOf,
    independent,
  }
}

/** The sample axis of every variable (null: it does not depend on x), or null where samples mix. */
function sampleAxes(
  equations: readonly Equation[],
  size: number,
  start: readonly (readonly [Atom, number | null])[],
  samples: number,
  sourceOf: (atom: Atom) => Atom,
): (number | null)[] | null {
  const axes = new Array<number | null>(size).fill(null)
  for (const [atom, axis] of start) if (atom.value === null) axes[atom.index] = axis
  const axisOf = (atom: Atom): number | null =>
    atom.value === null ? (axes[atom.index] as number | null) : null
  for (const equation of equations) {
    const { inputs, outputs, params, primitive } = equation
    const before = inputs.map(axisOf)
    if (before.every((axis) => axis === null)) continue
    const after =
      primitive === null
        ? callAxes(equation, before, samples)
        : outputs.map((v) => outputSampleAxis(primitive, before, inputs, params, v, samples))
    if (after === null || after.includes(null)) return null
    if (
      inputs.some((a, i) => before[i] === null && hasRows(equation, a, after[0] as number, samples, sourceOf))
    )
      return null
    outputs.forEach((v, i) => {
      axes[v.index] = after[i] as number
    })
  }
  return axes
}

/**
 * Whether a value that does not depend on x has a row of its own for each sample (a mask drawn for the batch, a
 * parameter a row), so that samples are not alike: taken alone, or in another block, they would meet another row.
 */
function hasRows(
  { primitive, outputs }: Equation,
  atom: Atom,
  axis: number,
  samples: number,
  sourceOf: (atom: Atom) => Atom,
): boolean {
  if (samples === 1 || primitive === null || !(repeating.has(primitive) || primitive === 'concatenate'))
    return false
  const at = axis - ((outputs[0]?.shape.length ?? 0) - atom.shape.length)
  if (at < 0 || atom.shape[at] !== samples) return false
  if (atom.value === null) return sourceOf(atom) === atom
  return !Tensor.isInstance(atom.value) || rowsDiffer(atom.value, at)
}

function rowsDiffer(x: Tensor, axis: number): boolean {
  const first = slice(x, ...new Array<null>(axis).fill(null), [0, 1])
  const differ = any(notEqual(x, first))
  // A device that cannot be read at once: taken to differ, which is right and dear.
  return differ.backend.readSync(differ)?.[0] !== 0
}

/** A function with rules of its own is looked into. */
function callAxes(
  equation: Equation,
  axes: readonly (number | null)[],
  samples: number,
): (number | null)[] | null {
  if (equation.primitive !== null) return null
  const { call } = equation
  const body = trace(
    (...xs: Value[]) => call.apply(xs),
    ...equation.inputs.map(({ shape, dtype }) => ({ shape, dtype })),
  )
  const found = sampleAxes(
    body.equations,
    body.size,
    body.inputs.map((v, i) => [v, axes[i] ?? null]),
    samples,
    (atom) => atom,
  )
  return found && body.outputs.map((a) => (a.value === null ? (found[a.index] as number | null) : null))
}
