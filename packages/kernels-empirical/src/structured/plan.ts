import type { Atom, Equation } from '@ntk/autodiff'
import { NtkError } from '@ntk/tensor'
import type { Flow } from '../analysis/flow.js'
import { indexOf } from '../analysis/program.js'

/** A way from a parameter to a value that is a number times the parameter, its axes or shape perhaps changed. */
export interface Chain {
  /** Which parameter. */
  readonly leaf: number
  /** Constant scalars that multiply it (or divide it). */
  readonly factors: readonly { readonly by: Atom; readonly divide: boolean; readonly negate: boolean }[]
  /** Whether axes or shape changed on the way. */
  readonly moved: boolean
}

/** A value that depends on parameters only and is used by values of samples. */
export interface ParameterValue {
  readonly atom: Atom
  /** Null where it is more than a number times one parameter. */
  readonly chain: Chain | null
  /** Parameters that it depends on. */
  readonly leaves: readonly number[]
}

export interface Plan {
  readonly flow: Flow
  /** For each equation, the positions of its inputs that are parameter values, as indices into `values`. */
  readonly uses: readonly (readonly { readonly position: number; readonly value: number }[])[]
  readonly values: readonly ParameterValue[]
  /** Parameters whose values enter by chains: values of each, summed after their factors. */
  readonly simple: readonly { readonly leaf: number; readonly values: readonly number[] }[]
  /** Values whose Jacobians are made whole and pulled back to these parameters together. */
  readonly tangled: { readonly leaves: readonly number[]; readonly values: readonly number[] }
}

const isParameter = (flow: Flow, atom: Atom): boolean => flow.kindOf(atom) === 'parameter'

/** What the structured derivatives of a program will do, or 'unsupported'. `leaves` are the variables of the parameters. */
export function plan(flow: Flow, leaves: readonly Atom[]): Plan {
  const outputKind = flow.kindOf(flow.output)
  if (outputKind !== 'hidden') {
    throw new NtkError('unsupported', {
      what: 'Structured derivatives need outputs that depend on both the parameters and the samples.',
      got:
        outputKind === 'parameter'
          ? 'outputs that do not depend on the samples'
          : 'outputs that do not depend on the parameters',
      fix: "Use implementation: 'jacobian-contraction'.",
    })
  }
  const leafAt = new Map(leaves.map((leaf, i) => [indexOf(leaf), i]))
  const maker = new Map<number, Equation>()
  for (const equation of flow.equations) for (const v of equation.outputs) maker.set(v.index, equation)

  const values: ParameterValue[] = []
  const valueAt = new Map<number, number>()
  const uses = flow.equations.map(({ inputs, outputs, primitive }) => {
    if (!outputs.some((v) => flow.kindOf(v) === 'hidden')) return []
    return inputs.flatMap((input, position) => {
      if (!isParameter(flow, input)) return []
      // Rows of one parameter joined to every sample: the parameter itself is the value.
      const atom = primitive === 'concatenate' ? flow.sourceOf(input) : input
      const key = indexOf(atom)
      if (!valueAt.has(key)) {
        valueAt.set(key, values.length)
        values.push({ atom, chain: chainOf(atom), leaves: leavesOf(atom) })
      }
      return [{ position, value: valueAt.get(key) as number }]
    })
  })

  function leavesOf(atom: Atom): number[] {
    const found = new Set<number>()
    const seen = new Set<number>()
    const walk = (a: Atom): void => {
      const at = indexOf(a)
      if (!isParameter(flow, a) || seen.has(at)) return
      seen.add(at)
      const leaf = leafAt.get(at)
      if (leaf !== undefined) found.add(leaf)
      maker.get(at)?.inputs.forEach(walk)
    }
    walk(atom)
    return [...found].sort((a, b) => a - b)
  }

  function chainOf(atom: Atom): Chain | null {
    const leaf = leafAt.get(indexOf(atom))
    if (leaf !== undefined) return { leaf, factors: [], moved: false }
    const equation = maker.get(indexOf(atom))
    if (equation === undefined) return null
    const through = (source: Atom, moved: boolean, factor?: Chain['factors'][number]): Chain | null => {
      const chain = chainOf(source)
      return (
        chain && {
          ...chain,
          factors: factor ? [...chain.factors, factor] : chain.factors,
          moved: chain.moved || moved,
        }
      )
    }
    const scalar = (x: Atom): boolean => !isParameter(flow, x) && x.shape.every((d) => d === 1)
    const keeps = (x: Atom): boolean => x.shape.length === equation.outputs[0]?.shape.length
    switch (equation.primitive) {
      case 'reshape':
      case 'transpose':
        return through(equation.inputs[0], true)
      case 'neg': {
        const [a] = equation.inputs
        return through(a, false, { by: a, divide: false, negate: true })
      }
      case 'mul': {
        const [a, b] = equation.inputs
        if (scalar(b) && keeps(a)) return through(a, false, { by: b, divide: false, negate: false })
        return scalar(a) && keeps(b) ? through(b, false, { by: a, divide: false, negate: false }) : null
      }
      case 'div': {
        const [a, b] = equation.inputs
        return scalar(b) && keeps(a) ? through(a, false, { by: b, divide: true, negate: false }) : null
      }
      default:
        return null
    }
  }

  const usersOf = leaves.map((_, leaf) => values.flatMap((v, i) => (v.leaves.includes(leaf) ? [i] : [])))
  const tangledLeaves = new Set<number>()
  const spread = (leaf: number): void => {
    if (tangledLeaves.has(leaf)) return
    tangledLeaves.add(leaf)
    for (const i of usersOf[leaf] as number[]) (values[i] as ParameterValue).leaves.forEach(spread)
  }
  usersOf.forEach((users, leaf) => {
    const chains = users.map((i) => (values[i] as ParameterValue).chain)
    if (chains.some((c) => c === null) || (users.length > 1 && chains.some((c) => c?.moved === true)))
      spread(leaf)
  })
  const tangledValues = values.flatMap((v, i) =>
    v.leaves.some((leaf) => tangledLeaves.has(leaf)) ? [i] : [],
  )
  return {
    flow,
    uses,
    values,
    simple: usersOf.flatMap((users, leaf) =>
      users.length === 0 || tangledLeaves.has(leaf) ? [] : [{ leaf, values: users }],
    ),
    tangled: { leaves: [...tangledLeaves].sort((a, b) => a - b), values: tangledValues },
  }
}
