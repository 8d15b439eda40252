import { isFloat, type Primitive, scope, type Value } from '@ntk/tensor'
import type { Call } from '../core/call.js'
import { Holders } from '../core/holders.js'
import { markAlone } from '../core/ownership.js'
import type { SomeOutputs } from '../core/some.js'
import { addTangents, type Tangent, wide, zerosOf } from '../core/tangent.js'
import { runTransformation } from '../core/tracer.js'
import { JvpTransformation } from '../jvp/interpreter.js'
import { transposeRules } from '../transpose/index.js'
import { lastUses, runEquation } from './evaluate.js'
import {
  type Atom,
  type CallEquation,
  type Equation,
  type FlatProgram,
  type LinearProgram,
  liveEquations,
  type PrimitiveEquation,
  Var,
} from './program.js'
import { Recorder, recordFlat } from './recorder.js'

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

/** The program at these tangents, of which null ones are zero and cost nothing. Intermediates are freed after their last use. */
export function pushForward(program: LinearProgram, tangents: readonly Tangent[]): Tangent[] {
  const env = new Array<Tangent | undefined>(program.size)
  const holders = new Holders(tangents)
  program.inputs.forEach((v, i) => {
    if (v !== null) env[v.index] = tangents[i] ?? null
    holders.keep(tangents[i] ?? null)
  })
  const read = (atom: Atom): Tangent => {
    if (atom instanceof Var) return env[atom.index] ?? null
    holders.keep(atom.value)
    return atom.value
  }
  const ends = holders.active ? lastUses(program) : null
  program.equations.forEach((equation, i) => {
    const inputs = equation.inputs.map(read)
    if (equation.inputs.some((atom, k) => atom instanceof Var && inputs[k] !== null)) {
      const outputs = pushEquation(equation, inputs)
      equation.outputs.forEach((v, k) => {
        const output = outputs[k] as Value
        env[v.index] = output
        // a call may return a tensor that it keeps
        if (equation.primitive === null) holders.keep(output)
        holders.hold(output)
      })
    }
    for (const v of ends?.[i] ?? []) {
      holders.release(env[v.index] ?? null)
      env[v.index] = undefined
    }
  })
  return program.outputs.map((atom) => (atom === null ? null : read(atom)))
}

function pushEquation(equation: Equation, inputs: readonly Tangent[]): Value[] {
  if (equation.primitive === 'add' && inputs.includes(null)) {
    return [wide((inputs[0] ?? inputs[1]) as Value, equation.outputs[0].shape)]
  }
  const beside = inputs.find((x) => x !== null) as Value
  const whole = inputs.map((x, i) => x ?? zerosOf(equation.inputs[i] as Atom, beside))
  return runEquation(equation, whole)
}

/** As `pullBack`, of a program that is used no more: its constants are let go one after the other. */
export function pullBackOnce(program: LinearProgram, cotangents: readonly Tangent[]): Tangent[] {
  return runBackward(program, cotangents, program.equations as Equation[])
}

/** The transposed program at these cotangents of the outputs, of which null ones are zero and cost nothing. */
export function pullBack(program: LinearProgram, cotangents: readonly Tangent[]): Tangent[] {
  return runBackward(program, cotangents, [...program.equations])
}

/**
 * Runs the equations backward, and takes each off the list. Cotangents are freed after their last use, and what a rule makes on
 * the way with it.
 */
function runBackward(
  program: LinearProgram,
  cotangents: readonly Tangent[],
  equations: Equation[],
): Tangent[] {
  const env = new Array<Tangent | undefined>(program.size)
  const holders = new Holders(cotangents)
  const give = (atom: Atom | null, ct: Tangent): void => {
    if (!(atom instanceof Var) || ct === null) return
    const former = env[atom.index] ?? null
    const sum = addTangents(former, ct)
    env[atom.index] = sum
    holders.hold(sum)
    holders.release(former)
  }
  for (const ct of cotangents) holders.keep(ct)
  program.outputs.forEach((atom, i) => give(atom, cotangents[i] ?? null))
  const known = tensorsGiven(equations, cotangents)
  for (let equation = equations.pop(); equation !== undefined; equation = equations.pop()) {
    const { inputs, outputs } = equation
    const ct = outputs.map((v) => env[v.index] ?? null)
    for (const v of outputs) env[v.index] = undefined
    if (ct.every((c) => c === null)) continue
    for (const { value } of inputs) holders.keep(value)
    const back = holders.active ? scope(() => transposed(equation, ct)) : transposed(equation, ct)
    // a call may return a tensor that it keeps
    if (equation.primitive === null) for (const c of back) holders.keep(c)
    inputs.forEach((atom, k) => give(atom, back[k] ?? null))
    for (const c of ct) holders.release(c)
    for (const c of back) holders.drop(c)
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

function transposed(equation: Equation, ct: readonly Tangent[]): readonly Tangent[] {
  return equation.primitive === null ? transposeCall(equation, ct) : transposeEquation(equation, ct)
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
