import { type Atom, type Equation, runEquation, type Var, vjp, vmap } from '@ntk/autodiff'
import { div, isFloat, neg, ones, reshape, type Tensor, zeros } from '@ntk/tensor'
import { indexOf } from '../analysis/program.js'
import { addCotangents, type Cotangent, materialize, type Pass, passes, scaleBy } from './cotangent.js'
import { addFactors, expand, type Factor } from './factors.js'
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
  const constant = (a: Atom): Tensor | null =>
    a.value !== null || flow.kindOf(a) === 'constant' ? read(constants, a) : null
  const steps = flow.equations.map((equation) => forward(env, equation, hidden, constant))

  const cts: (Cotangent | undefined)[] = new Array<undefined>(flow.size).fill(undefined)
  const give = (atom: Atom, ct: Cotangent): void => {
    cts[indexOf(atom)] = addCotangents(cts[indexOf(atom)], ct)
  }
  const output = cotangents(read(env, flow.output))
  const one = (): Tensor => ones([], output.dtype)
  give(flow.output, { tensor: output, scale: null })
  const factors: Factor[][] = p.values.map(() => [])
  for (let i = flow.equations.length - 1; i >= 0; i--) {
    const equation = flow.equations[i] as Equation
    const of = equation.outputs.map((v) => cts[v.index])
    for (const v of equation.outputs) cts[v.index] = undefined
    const ct = together(equation, of)
    if (ct === null) continue
    for (const { position, value } of p.uses[i] as Plan['uses'][number]) {
      factors[value]?.push(factorOf(p, env, equation, position, p.values[value] as ParameterValue, ct))
    }
    const step = steps[i]
    if (step?.passes) {
      const [tensor] = ct.tensors
      for (const { atom, scale } of step.passes) give(atom, { tensor, scale: scale(ct.scale, one) })
    } else if (step?.pullback) {
      const { atoms, back } = step.pullback
      const pulled = vmap((...list: Tensor[]) => back(list))(...ct.tensors)
      atoms.forEach((atom, k) => give(atom, { tensor: pulled[k] as Tensor, scale: ct.scale }))
    }
  }
  return parameterFactors(p, constants, variables, factors)
}

/** Cotangents of all outputs of an equation with one scale. */
interface Together {
  readonly tensors: readonly [Tensor, ...Tensor[]]
  readonly scale: Tensor | null
}

function together({ outputs }: Equation, of: readonly (Cotangent | undefined)[]): Together | null {
  const present = of.filter((ct) => ct !== undefined)
  const [first] = present
  if (first === undefined) return null
  if (outputs.length === 1) return { tensors: [first.tensor], scale: first.scale }
  const lead = first.tensor.shape[0] as number
  const whole = (v: Var, k: number): Tensor => {
    const ct = of[k]
    return ct === undefined ? zeros([lead, ...v.shape], v.dtype) : materialize(ct)
  }
  const [v, ...others] = outputs
  return v === undefined
    ? null
    : { tensors: [whole(v, 0), ...others.map((other, k) => whole(other, k + 1))], scale: null }
}

/** How cotangents go back through one equation. */
interface Step {
  readonly passes: readonly Pass[] | null
  readonly pullback: {
    /** Values of samples that the equation depends on, each once. */
    readonly atoms: readonly Atom[]
    readonly back: (cotangents: Tensor[]) => Tensor[]
  } | null
}

/** Evaluates one equation, and keeps its derivative in the values of samples where it has one. */
function forward(
  env: Environment,
  equation: Equation,
  hidden: (a: Atom) => boolean,
  constant: (a: Atom) => Tensor | null,
): Step | null {
  if (equation.outputs.every((v) => env[v.index] !== undefined)) return null
  const at = [...new Set(equation.inputs.filter(hidden).map(indexOf))]
  const differentiable = at.length > 0 && equation.outputs.some((v) => isFloat(v.dtype))
  const simple = differentiable ? passes(equation, hidden, constant) : null
  if (!differentiable || simple !== null) {
    evaluate(env, equation)
    return { passes: simple, pullback: null }
  }
  const atoms = at.map((index) => equation.inputs.find((a) => indexOf(a) === index) as Atom)
  const [outputs, back] = vjp(
    (...xs: Tensor[]) =>
      runEquation(
        equation,
        equation.inputs.map((a) => (hidden(a) ? (xs[at.indexOf(indexOf(a))] as Tensor) : read(env, a))),
      ),
    ...atoms.map((a) => read(env, a)),
  )
  equation.outputs.forEach((v, i) => {
    env[v.index] = outputs[i] as Tensor
  })
  return { passes: null, pullback: { atoms, back } }
}

function factorOf(
  { flow }: Plan,
  env: Environment,
  equation: Equation,
  position: number,
  { atom }: ParameterValue,
  { tensors, scale }: Together,
): Factor {
  const factor = useFactor({
    equation,
    position,
    u: read(env, atom),
    read: (a) => read(env, a),
    axisOf: flow.axisOf,
    cotangents: tensors,
  })
  return { ...factor, scale: scaleBy(factor.scale, scale) }
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
      result[leaf] = { kind: 'dense', j: pulled[k] as Tensor, scale: null, rows: null }
    })
  }
  return result
}

function scaled(factor: Factor, constants: Environment, chain: Chain): Factor {
  const { dtype } = factor.kind === 'outer' ? factor.b : factor.j
  const scale = chain.factors.reduce((product: Tensor | null, { by, divide, negate }) => {
    if (negate) return neg(product ?? ones([], dtype))
    const scalar = reshape(read(constants, by), [])
    return divide ? div(product ?? ones([], dtype), scalar) : scaleBy(product, scalar)
  }, factor.scale)
  return { ...factor, scale }
}
