/** What is checked of each composite when it runs: its parameters, the number of its inputs, and shapes and dtypes. */

import type { Aval } from '../aval.js'
import { NtkError } from '../errors.js'
import { commonDType, floats, needDType, numbers, shapeError } from '../infer/rule.js'
import { show } from '../options/show.js'
import { broadcastShapes, type Shape, sameShape, sizeOf } from '../shape.js'
import type {
  CompositeInputs,
  CompositeName,
  CompositeOutputs,
  CompositeParams,
  DualPlace,
  PoolInSpace,
  SpaceStep,
} from './contracts.js'
import {
  activationRecord,
  checkParams,
  index,
  knownProducts,
  matrixNames,
  number,
  numberList,
  type ParamRule,
  seriesTable,
  spaceEnd,
  spacePart,
  spaceStepList,
  stackStepList,
  stepList,
  truth,
} from './params.js'

interface CompositeRule<N extends CompositeName> {
  /** The fewest and the most inputs. */
  readonly inputs: readonly [fewest: number, most: number]
  readonly params: { readonly [K in keyof CompositeParams<N>]: ParamRule }
  /** Shapes and dtypes of the outputs. */
  infer(inputs: CompositeInputs<N, Aval>, params: CompositeParams<N>, name: N): CompositeOutputs<N, Aval>
}

type CompositeRules = { readonly [N in CompositeName]: CompositeRule<N> }

const aval = (shape: Shape, { dtype }: Aval): Aval => ({ shape, dtype })

function floatOf(name: string, inputs: readonly [Aval, ...Aval[]]): void {
  commonDType(name, inputs)
  needDType(name, inputs[0], floats)
}

const dualInfer = (
  [q, q11, q22, ntk]: CompositeInputs<'dualAbRelu', Aval>,
  _: object,
  name: string,
): CompositeOutputs<'dualAbRelu', Aval> => {
  floatOf(name, ntk === undefined ? [q, q11, q22] : [q, q11, q22, ntk])
  const t = aval(broadcastShapes(name, q.shape, q11.shape, q22.shape), q)
  return ntk === undefined ? [t] : [t, aval(broadcastShapes(name, t.shape, ntk.shape), q)]
}

/** Rows and columns of a block of pairs, whose variances must fit it. */
function blockOf(name: string, k: Aval, v1: Aval, v2: Aval): readonly [rows: number, cols: number] {
  floatOf(name, [k, v1, v2])
  const [rows, cols] = k.shape
  const fits =
    rows !== undefined &&
    cols !== undefined &&
    k.shape.length === 2 &&
    sameShape(v1.shape, [rows]) &&
    sameShape(v2.shape, [cols])
  if (!fits) throw shapeError(name, 'takes a block [n1, n2] and variances [n1] and [n2]', k, v1, v2)
  return [rows, cols]
}

/** The matrices, which must hold the block `k`. */
function matricesOf(
  name: string,
  k: Aval,
  { names, row, col, symmetric }: DualPlace,
  matrix: Aval,
  other: Aval | undefined,
): readonly [Aval] | readonly [Aval, Aval] {
  const [rows, cols] = k.shape as readonly [number, number]
  const matrices = other === undefined ? [matrix] : [matrix, other]
  if (matrices.length !== names.length) {
    throw new NtkError('value', {
      what: `${name} takes as many matrices as it has names.`,
      got: `${matrices.length} matrices and ${names.length} names`,
    })
  }
  for (const m of matrices) {
    needDType(name, m, floats)
    const [n1 = -1, n2 = -1] = m.shape
    const inside = m.shape.length === 2 && row + rows <= n1 && col + cols <= n2
    if (!inside || !sameShape(m.shape, matrix.shape) || (symmetric && (n1 !== n2 || col > row))) {
      throw shapeError(name, `takes matrices of one shape that hold the block at (${row}, ${col})`, k, m)
    }
  }
  const first = aval(matrix.shape, matrix)
  return other === undefined ? [first] : [first, aval(other.shape, other)]
}

/** Sizes of space behind steps; null where they do not fit. */
function spaceAfter(steps: readonly SpaceStep[], space: Shape): Shape | null {
  let sizes = space
  for (const step of steps) {
    const here = sizes
    if (step.kind === 'norm' && step.axes.some((axis) => axis >= here.length)) return null
    if (step.kind === 'sum') {
      const [first = null, ...others] = step.branches.map((branch) => spaceAfter(branch, here))
      if (first === null || !others.every((other) => other !== null && sameShape(other, first))) return null
      sizes = first
    }
    const { embedding } = step.kind === 'attention' ? step : {}
    if (embedding !== undefined && embedding.correlations.length !== sizeOf(here) ** 2) return null
    if (step.kind !== 'pool' && (step.kind !== 'window' || step.axes.length === 0)) continue
    const fits =
      step.axes.length === here.length &&
      step.axes.every((window, i) => window.every((tap) => tap.every((at) => at < (here[i] as number))))
    if (!fits) return null
    if (step.kind === 'pool' && !areFactors(step)) return null
    sizes = step.axes.map((window) => window[0]?.length ?? 0)
  }
  return sizes
}

const areFactors = ({ axes, factors }: PoolInSpace): boolean =>
  factors.length === axes.length && axes.every((window, i) => window[0]?.length === factors[i]?.length)

/** The number of images, whose space the windows must fit. */
function imagesOf(name: string, x: Aval, steps: readonly SpaceStep[]): number {
  const [n, ...space] = x.shape.slice(0, -1)
  if (spaceAfter(steps, space) === null)
    throw shapeError(name, 'takes images [n, space..., channels] that its windows, norms and sums fit', x)
  if (n === undefined || x.shape.length < 3) throw shapeError(name, 'takes images [n, space..., channels]', x)
  return n
}

const rules: CompositeRules = {
  dualAbRelu: { inputs: [3, 4], params: { a: number, b: number }, infer: dualInfer },
  dualErf: { inputs: [3, 4], params: { a: number, b: number, c: number }, infer: dualInfer },
  dualSeries: { inputs: [3, 4], params: { table: seriesTable, of: activationRecord }, infer: dualInfer },
  dualStack: {
    inputs: [3, 4],
    params: { steps: stackStepList, ntk: truth },
    infer: ([k, v1, v2, before], { steps, ntk }, name) => {
      blockOf(name, k, v1, v2)
      if (before !== undefined) {
        floatOf(name, [k, before])
        if (!sameShape(before.shape, k.shape))
          throw shapeError(name, 'takes a Θ as large as the block', k, before)
      }
      const more = (ntk ? 2 : 1) * steps.filter(({ kind }) => kind === 'stop').length
      const own = (): Aval => aval(k.shape, k)
      return [own(), ...Array.from({ length: more + (ntk ? 1 : 0) }, own)]
    },
  },
  dualStackInto: {
    inputs: [4, 5],
    params: { steps: stepList, names: matrixNames, row: index, col: index, symmetric: truth },
    infer: ([k, v1, v2, matrix, other], params, name) => {
      blockOf(name, k, v1, v2)
      return matricesOf(name, k, params, matrix, other)
    },
  },
  gramStackInto: {
    inputs: [5, 6],
    params: {
      steps: stepList,
      names: matrixNames,
      row: index,
      col: index,
      symmetric: truth,
      known: knownProducts,
    },
    infer: ([x1, x2, v1, v2, matrix, other], params, name) => {
      floatOf(name, [x1, x2])
      const [[rows = -1, features = -1], [cols = -1, others = -2]] = [x1.shape, x2.shape]
      if (x1.shape.length !== 2 || x2.shape.length !== 2 || features !== others)
        throw shapeError(name, 'takes samples [n1, features] and [n2, features]', x1, x2)
      const k = aval([rows, cols], x1)
      blockOf(name, k, v1, v2)
      if (params.known.at.some((place) => place < 0 || place >= rows * cols)) {
        throw new NtkError('value', {
          what: `${name} takes known products at places of the block.`,
          got: `${params.known.at.find((place) => place < 0 || place >= rows * cols)} of ${rows * cols}`,
        })
      }
      return matricesOf(name, k, params, matrix, other)
    },
  },
  dualStackVariance: {
    inputs: [1, 1],
    params: { steps: stepList },
    infer: ([v], _, name) => {
      needDType(name, v, floats)
      return [aval(v.shape, v)]
    },
  },
  spaceKernel: {
    inputs: [2, 2],
    params: { steps: spaceStepList, end: spaceEnd, ntk: truth, symmetric: truth, part: spacePart },
    infer: ([x1, x2], { steps, ntk, symmetric }, name) => {
      floatOf(name, [x1, x2])
      const [n1, n2] = [imagesOf(name, x1, steps), imagesOf(name, x2, steps)]
      if (!sameShape(x1.shape.slice(1), x2.shape.slice(1)) || (symmetric && n1 !== n2))
        throw shapeError(name, 'takes images [n1, space..., channels] alike but for their number', x1, x2)
      const k = aval([n1, n2], x1)
      return ntk ? [k, k] : [k]
    },
  },
  spaceVariance: {
    inputs: [1, 1],
    params: { steps: spaceStepList, end: spaceEnd, part: spacePart },
    infer: ([x], { steps }, name) => {
      floatOf(name, [x])
      return [aval([imagesOf(name, x, steps)], x)]
    },
  },
  linearCombination: {
    inputs: [1, Number.POSITIVE_INFINITY],
    params: { weights: numberList },
    infer: (values, { weights }, name) => {
      const [first] = values
      commonDType(name, values)
      needDType(name, first, numbers)
      if (!values.every((v) => sameShape(v.shape, first.shape))) {
        throw shapeError(name, 'takes values of one shape', ...values)
      }
      if (weights.length !== values.length) {
        throw new NtkError('value', {
          what: `${name} takes one weight a value.`,
          got: `${weights.length} weights and ${values.length} values`,
        })
      }
      return [aval(first.shape, first)]
    },
  },
  shareOfLarger: {
    inputs: [2, 2],
    params: {},
    infer: ([a, b], _, name) => {
      floatOf(name, [a, b])
      return [aval(broadcastShapes(name, a.shape, b.shape), a)]
    },
  },
}

/** Every composite's name. */
export const compositeNames: readonly CompositeName[] = Object.keys(rules) as CompositeName[]

/**
 * Shapes and dtypes of a composite's outputs. Throws NtkError: 'unsupported' where there is no such composite, 'option' on
 * wrong parameters, 'value' on a wrong number of inputs, 'shape' and 'dtype' on inputs that it does not take.
 */
export function inferComposite<N extends CompositeName>(
  name: N,
  inputs: CompositeInputs<N, Aval>,
  params: CompositeParams<N>,
): CompositeOutputs<N, Aval> {
  const rule: CompositeRule<N> | undefined = Object.hasOwn(rules, name) ? rules[name] : undefined
  if (rule === undefined) {
    throw new NtkError('unsupported', {
      what: 'No such composite.',
      got: typeof name === 'string' ? name : show(name),
      fix: `There are ${compositeNames.join(', ')}.`,
    })
  }
  checkParams(name, rule.params, params)
  const [fewest, most] = rule.inputs
  if (inputs.length < fewest || inputs.length > most) {
    throw new NtkError('value', {
      what: `${name} takes ${fewest === most ? fewest : `${fewest} to ${most}`} inputs.`,
      got: String(inputs.length),
    })
  }
  return rule.infer(inputs, params, name)
}
