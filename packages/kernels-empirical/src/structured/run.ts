import { type Atom, type Equation, vjp, vmap } from '@ntk/autodiff'
import { add, div, isFloat, mul, neg, reshape, type Tensor, zeros } from '@ntk/tensor'
import { indexOf, runEquation } from '../analysis/program.js'
import { addFactors, expand, type Factor, scaleFactor } from './factors.js'
import type { Chain, ParameterValue, Plan } from './plan.js'
import { useFactor } from './uses.js'

/** Values of a program by variable. */
type Environment = (Tensor | undefined)[]

const read = (env: Environment, atom: Atom): Tensor => (atom.value ?? env[indexOf(atom)]) as Tensor

function evaluate(env: Environment, equation: Equation): void {
  const outputs = runEquation(
    equation,
    equation.inputs.map((a) => read(env, a)),
  )
  equation.outputs.forEach((v, i) => {
    env[v.index] = outputs[i] as Tensor
  })
}

/** Values that do not depend on the samples, once for all blocks of one shape. */
export function constantValues(
  { flow }: Plan,
  variables: readonly Atom[],
  leaves: readonly Tensor[],
): Environment {
  const env: Environment = new Array<Tensor | undefined>(flow.size).fill(undefined)
  variables.forEach((v, i) => {
    env[indexOf(v)] = leaves[i] as Tensor
  })
  const known = (a: Atom): boolean => a.value !== null || env[indexOf(a)] !== undefined
  for (const equation of flow.equations) if (equation.inputs.every(known)) evaluate(env, equation)
  return env
}

/**
 * The factors of the Jacobian in each parameter (null where the outputs do not depend on it): the network is run
 * forward on x, one-hot cotangents [b, ...] of the output entries are pulled back through the values of samples, and
 * where a parameter enters, what its primitive sees and the cotangent of what it gives are the factors.
 */
export function runPlan(
  p: Plan,
  constants: Environment,
  variables: readonly Atom[],
  x: Tensor,
  cotangents: (output: Tensor) => Tensor,
): (Factor | null)[] {
  const { flow } = p
  const env = [...constants]
  env[indexOf(variables.at(-1) as Atom)] = x
  const hidden = (a: Atom): boolean => flow.kindOf(a) === 'hidden'
  const pullbacks = flow.equations.map((equation) => forward(env, equation, hidden))

  const cts: Environment = new Array<Tensor | undefined>(flow.size).fill(undefined)
  cts[indexOf(flow.output)] = cotangents(read(env, flow.output))
  const factors: Factor[][] = p.values.map(() => [])
  for (let i = flow.equations.length - 1; i >= 0; i--) {
    const equation = flow.equations[i] as Equation
    const of = equation.outputs.map((v) => cts[v.index])
    for (const v of equation.outputs) cts[v.index] = undefined
    if (of.every((ct) => ct === undefined)) continue
    for (const { position, value } of p.uses[i] as Plan['uses'][number]) {
      factors[value]?.push(factorOf(p, env, equation, position, p.values[value] as ParameterValue, of))
    }
    const pullback = pullbacks[i]
    if (pullback === null || pullback === undefined) continue
    const lead = (of.find((ct) => ct !== undefined) as Tensor).shape[0] as number
    const full = equation.outputs.map((v, k) => of[k] ?? zeros([lead, ...v.shape], v.dtype))
    const back = vmap((...list: Tensor[]) => pullback.back(list))(...full)
    pullback.atoms.forEach((atom, k) => {
      const at = indexOf(atom)
      const ct = back[k] as Tensor
      cts[at] = cts[at] === undefined ? ct : add(cts[at], ct)
    })
  }
  return parameterFactors(p, constants, variables, factors)
}

interface Pullback {
  /** Values of samples that the equation depends on, each once. */
  readonly atoms: readonly Atom[]
  readonly back: (cotangents: Tensor[]) => Tensor[]
}

/** Evaluates one equation, and keeps its derivative in the values of samples where it has one. */
function forward(env: Environment, equation: Equation, hidden: (a: Atom) => boolean): Pullback | null {
  if (equation.outputs.every((v) => env[v.index] !== undefined)) return null
  const at = [...new Set(equation.inputs.filter(hidden).map(indexOf))]
  if (at.length === 0 || !equation.outputs.some((v) => isFloat(v.dtype))) {
    evaluate(env, equation)
    return null
  }
  const atoms = at.map((index) => equation.inputs.find((a) => indexOf(a) === index) as Atom)
  const [outputs, back] = vjp(
    (...xs: Tensor[]) =>
      runEquation(
        equation,
        equation.inputs.map((a) => (hidden(a) ? (xs[at.indexOf(indexOf(a))] as Tensor) : read(env, a))),
      ) as Tensor[],
    ...atoms.map((a) => read(env, a)),
  )
  equation.outputs.forEach((v, i) => {
    env[v.index] = outputs[i] as Tensor
  })
  return { atoms, back }
}

function factorOf(
  { flow }: Plan,
  env: Environment,
  equation: Equation,
  position: number,
  { atom }: ParameterValue,
  cotangents: readonly (Tensor | undefined)[],
): Factor {
  const lead = (cotangents.find((ct) => ct !== undefined) as Tensor).shape[0] as number
  return useFactor({
    equation,
    position,
    u: read(env, atom),
    inputs: equation.inputs.map((a) => read(env, a)),
    axes: equation.inputs.map((a) => flow.axisOf(a)),
    outputAxes: equation.outputs.map((v) => flow.axisOf(v)),
    cotangents: equation.outputs.map((v, k) => cotangents[k] ?? zeros([lead, ...v.shape], v.dtype)),
  })
}

/** From Jacobians in the values that parameters enter by, to Jacobians in the parameters. */
function parameterFactors(
  { simple, tangled, values, flow }: Plan,
  constants: Environment,
  variables: readonly Atom[],
  ofValues: readonly (readonly Factor[])[],
): (Factor | null)[] {
  const result: (Factor | null)[] = variables.slice(0, -1).map(() => null)
  const ofValue = (i: number): Factor | null => {
    const list = ofValues[i] as readonly Factor[]
    return list.length === 0 ? null : addFactors(list)
  }
  for (const { leaf, values: users } of simple) {
    const factors = users.flatMap((i) => {
      const factor = ofValue(i)
      return factor === null ? [] : [scaled(factor, constants, (values[i] as ParameterValue).chain as Chain)]
    })
    if (factors.length > 0) result[leaf] = addFactors(factors)
  }
  const reached = tangled.values.filter((i) => (ofValues[i] as readonly Factor[]).length > 0)
  if (reached.length > 0) {
    const jacobians = reached.map((i) => expand(ofValue(i) as Factor))
    const leafValues = tangled.leaves.map((leaf) => read(constants, variables[leaf] as Atom))
    const ofLeaves = (...leaves: Tensor[]): Tensor[] => {
      const env: Environment = [...constants]
      tangled.leaves.forEach((leaf, k) => {
        env[indexOf(variables[leaf] as Atom)] = leaves[k] as Tensor
      })
      for (const equation of flow.equations) {
        if (equation.outputs.some((v) => flow.kindOf(v) === 'parameter')) evaluate(env, equation)
      }
      return reached.map((i) => read(env, (values[i] as ParameterValue).atom))
    }
    const [, pullback] = vjp(ofLeaves, ...leafValues)
    const pulled = vmap(vmap((js: Tensor[]) => pullback(js)))(jacobians)
    tangled.leaves.forEach((leaf, k) => {
      result[leaf] = { kind: 'dense', j: pulled[k] as Tensor }
    })
  }
  return result
}

function scaled(factor: Factor, constants: Environment, chain: Chain): Factor {
  return chain.factors.reduce((f, { by, divide, negate }) => {
    if (negate) return scaleFactor(f, (t) => neg(t))
    const scalar = reshape(read(constants, by), [])
    return scaleFactor(f, (t) => (divide ? div(t, scalar) : mul(t, scalar)))
  }, factor)
}
