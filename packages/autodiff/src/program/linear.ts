import { isFloat, type Primitive, type Value } from '@ntk/tensor'
import type { Call } from '../core/call.js'
import { markAlone } from '../core/ownership.js'
import type { SomeOutputs } from '../core/some.js'
import { addTangents, type Tangent, wide, zerosOf } from '../core/tangent.js'
import { runTransformation } from '../core/tracer.js'
import { JvpTransformation } from '../jvp/interpreter.js'
import { transposeRules } from '../transpose/index.js'
import { runEquation } from './evaluate.js'
import {
  type Atom,
  type CallEquation,
  type Equation,
  type FlatProgram,
  liveEquations,
  type PrimitiveEquation,
  Var,
} from './program.js'
import { Recorder, recordFlat } from './recorder.js'

/**
 * The derivative of a function at a point as a program that is linear in its inputs; everything it needs of the point
 * stands in it as constants. Inputs of integer dtypes are null, outputs that do not depend on the inputs too.
 */
export interface LinearProgram {
  readonly inputs: readonly (Var | null)[]
  readonly equations: readonly Equation[]
  readonly outputs: readonly (Atom | null)[]
  readonly size: number
}

/** Outputs of f at the primals and the linear program of its derivative there, from one evaluation of f. */
export function linearizeFlat(
  f: (xs: Value[]) => readonly Value[],
  primals: readonly Value[],
): { outputs: Value[]; program: LinearProgram } {
  return runTransformation(
    (level) => new Recorder(level, 'linearize'),
    (recorder) => {
      const tangents = primals.map((x) => (isFloat(x.dtype) ? recorder.input(x) : null))
      const results = runTransformation(
        (level) => new JvpTransformation(level, 'linearize'),
        (jvp) => f(primals.map((x, i) => jvp.wrap(x, tangents[i] ?? null))).map((y) => jvp.unwrap(y)),
      )
      const outputs = results.map(({ tangent }) => (tangent === null ? null : recorder.atom(tangent)))
      return {
        outputs: results.map(({ primal }) => primal),
        program: {
          inputs: tangents.map((t) => t?.variable ?? null),
          equations: liveEquations(recorder.equations, outputs, recorder.size),
          outputs,
          size: recorder.size,
        },
      }
    },
  )
}

/** The program at these tangents, of which null ones are zero and cost nothing. */
export function pushForward(program: LinearProgram, tangents: readonly Tangent[]): Tangent[] {
  const env = new Array<Tangent | undefined>(program.size)
  program.inputs.forEach((v, i) => {
    if (v !== null) env[v.index] = tangents[i] ?? null
  })
  const read = (atom: Atom): Tangent => (atom instanceof Var ? (env[atom.index] ?? null) : atom.value)
  for (const equation of program.equations) {
    const inputs = equation.inputs.map(read)
    if (equation.inputs.every((atom, i) => !(atom instanceof Var) || inputs[i] === null)) continue
    const outputs =
      equation.primitive === 'add' && inputs.includes(null)
        ? [wide((inputs[0] ?? inputs[1]) as Value, equation.outputs[0].shape)]
        : runEquation(
            equation,
            inputs.map(
              (x, i) => x ?? zerosOf(equation.inputs[i] as Atom, inputs.find((v) => v !== null) as Value),
            ),
          )
    equation.outputs.forEach((v, k) => {
      env[v.index] = outputs[k] as Value
    })
  }
  return program.outputs.map((atom) => (atom === null ? null : read(atom)))
}

/** As `pullBack`, of a program that is used no more: its constants are let go one after the other. */
export function pullBackOnce(program: LinearProgram, cotangents: readonly Tangent[]): Tangent[] {
  return runBackward(program, cotangents, program.equations as Equation[])
}

/** The transposed program at these cotangents of the outputs, of which null ones are zero and cost nothing. */
export function pullBack(program: LinearProgram, cotangents: readonly Tangent[]): Tangent[] {
  return runBackward(program, cotangents, [...program.equations])
}

/** Runs the equations backward, and takes each off the list. */
function runBackward(
  program: LinearProgram,
  cotangents: readonly Tangent[],
  equations: Equation[],
): Tangent[] {
  const env = new Array<Tangent | undefined>(program.size)
  const give = (atom: Atom | null, ct: Tangent): void => {
    if (atom instanceof Var && ct !== null) env[atom.index] = addTangents(env[atom.index] ?? null, ct)
  }
  program.outputs.forEach((atom, i) => give(atom, cotangents[i] ?? null))
  const known = tensorsGiven(equations, cotangents)
  for (let equation = equations.pop(); equation !== undefined; equation = equations.pop()) {
    const ct = equation.outputs.map((v) => env[v.index] ?? null)
    for (const v of equation.outputs) env[v.index] = undefined
    if (ct.every((c) => c === null)) continue
    const back = equation.primitive === null ? transposeCall(equation, ct) : transposeEquation(equation, ct)
    equation.inputs.forEach((atom, k) => give(atom, back[k] ?? null))
  }
  const results = program.inputs.map((v) => (v === null ? null : (env[v.index] ?? null)))
  markAlone(results, known)
  return results
}

/** All tensors that a backward pass sees; null where calls with rules of their own may bring others. */
function tensorsGiven(equations: readonly Equation[], cotangents: readonly Tangent[]): Value[] | null {
  const known: Value[] = cotangents.filter((ct) => ct !== null)
  for (const { primitive, inputs } of equations) {
    if (primitive === null) return null
    for (const { value } of inputs) if (value !== null) known.push(value)
  }
  return known
}

function transposeEquation<P extends Primitive>(
  equation: PrimitiveEquation<P>,
  ct: readonly Tangent[],
): readonly Tangent[] {
  const { primitive, inputs, params } = equation
  // at least one is not null: the others were skipped
  return transposeRules[primitive](ct as SomeOutputs<P, Value>, inputs, params)
}

function transposeCall({ call, inputs }: CallEquation, ct: readonly Tangent[]): readonly Tangent[] {
  const values = inputs.map((atom) => atom.value)
  return call.transpose ? call.transpose(ct, values) : transposeFunction((xs) => call.apply(xs), inputs, ct)
}

/** Cotangents of the inputs without a value of a function that is linear in them, by recording it. */
export function transposeFunction(
  f: Call['apply'],
  inputs: readonly Atom[],
  ct: readonly Tangent[],
): Tangent[] {
  const unknown = inputs.filter((atom) => atom.value === null)
  const program: FlatProgram = recordFlat((xs) => {
    let at = 0
    return f(inputs.map((atom) => atom.value ?? (xs[at++] as Value)))
  }, unknown)
  const back = pullBack(program, ct)
  let at = 0
  return inputs.map((atom) => (atom.value === null ? (back[at++] ?? null) : null))
}
