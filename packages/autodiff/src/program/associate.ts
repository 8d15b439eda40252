/** Products of three tensors in the cheaper order: (x g) y in place of x (g y), where the program has the other. */
import { type Shape, sizeOf } from '@ntk/tensor'
import { requireParts } from '@ntk/tensor/options'
import { range } from '../core/range.js'
import {
  type Atom,
  type Equation,
  liveEquations,
  type PrimitiveEquation,
  type Program,
  Var,
} from './program.js'

type Dot = PrimitiveEquation<'dotGeneral'>

/** An operand of a contraction without batch axes. */
interface Side {
  readonly atom: Atom
  readonly contract: Shape
  readonly free: Shape
}

function sidesOf({ inputs: [a, b], params }: Dot): readonly [Side, Side] | null {
  if (params.lhsBatch.length > 0) return null
  const side = (atom: Atom, contract: Shape): Side => ({
    atom,
    contract,
    free: range(atom.shape.length).filter((i) => !contract.includes(i)),
  })
  return [side(a, params.lhsContract), side(b, params.rhsContract)]
}

const sizeAlong = (atom: Atom, axes: Shape): number => sizeOf(axes.map((i) => atom.shape[i] as number))

/** Multiplications of a contraction of all of one side with what is free of the other. */
const work = (x: Atom, y: Side): number => sizeOf(x.shape) * sizeAlong(y.atom, y.free)

/** A product of p with an operand g = r s that nothing else reads, and which of r and s meets p. */
interface Triple {
  readonly p: Side
  readonly met: Side
  readonly other: Side
  /** Axes of p and of `met` that are summed over. */
  readonly pAxes: Shape
  readonly metAxes: Shape
  /** Where axes of the output come from, in their order. */
  readonly order: readonly { readonly from: 'p' | 'met' | 'other'; readonly axis: number }[]
}

/** The equation as a triple product where its operand number `at` is the output of `inner`; null where the sums are tangled. */
function tripleOf(equation: Dot, at: 0 | 1, inner: Dot): Triple | null {
  const outer = sidesOf(equation)
  const factors = sidesOf(inner)
  if (outer === null || factors === null) return null
  const [g, p] = [outer[at] as Side, outer[1 - at] as Side]
  const [r, s] = factors
  const places = [...r.free.map((axis) => ({ from: r, axis })), ...s.free.map((axis) => ({ from: s, axis }))]
  const met = g.contract.map((i) => places[i] as (typeof places)[number])
  const [first] = met
  if (first === undefined || met.some(({ from }) => from !== first.from)) return null
  const name = (side: Side): 'met' | 'other' => (side === first.from ? 'met' : 'other')
  const ofG = g.free.map((i) => {
    const { from, axis } = places[i] as (typeof places)[number]
    return { from: name(from), axis }
  })
  const ofP = p.free.map((axis) => ({ from: 'p' as const, axis }))
  return {
    p,
    met: first.from,
    other: first.from === r ? s : r,
    pAxes: p.contract,
    metAxes: met.map(({ axis }) => axis),
    order: at === 0 ? [...ofG, ...ofP] : [...ofP, ...ofG],
  }
}

/** Multiplications of (p met) other, and of p (met other). */
function costs({ p, met, other, metAxes }: Triple): { readonly early: number; readonly late: number } {
  const rest = sizeAlong(
    met.atom,
    range(met.atom.shape.length).filter((i) => !metAxes.includes(i)),
  )
  const rows = sizeAlong(p.atom, p.free)
  const inner = work(met.atom, other)
  return {
    early: sizeOf(p.atom.shape) * rest + rows * rest * sizeAlong(other.atom, other.free),
    late: inner + rows * sizeAlong(met.atom, met.free) * sizeAlong(other.atom, other.free),
  }
}

const identity = (perm: Shape): boolean => perm.every((p, i) => p === i)

function dotOf(left: Atom, right: Atom, lhsContract: Shape, rhsContract: Shape, output: Var): Dot {
  const params = { lhsContract, rhsContract, lhsBatch: [], rhsBatch: [] }
  return { primitive: 'dotGeneral', call: null, inputs: [left, right], params, outputs: [output] }
}

/** The equations of (p met) other, the last of which gives `output`; `fresh` makes variables. */
function equationsOf(
  { p, met, other, pAxes, metAxes, order }: Triple,
  output: Var,
  fresh: (shape: Shape) => Var,
): Equation[] {
  const rest = range(met.atom.shape.length).filter((i) => !metAxes.includes(i))
  const kept = rest.filter((i) => !met.contract.includes(i))
  const sizes = ({ atom }: Side, axes: Shape): number[] => axes.map((i) => atom.shape[i] as number)
  // [p free, rest of met], then [p free, met free, other free]
  const first = fresh([...sizes(p, p.free), ...sizes(met, rest)])
  const summed = met.contract.map((i) => p.free.length + rest.indexOf(i))
  const places = [
    ...p.free.map((axis) => `p ${axis}`),
    ...kept.map((axis) => `met ${axis}`),
    ...other.free.map((axis) => `other ${axis}`),
  ]
  const perm = order.map(({ from, axis }) => places.indexOf(`${from} ${axis}`))
  const products = dotOf(p.atom, met.atom, pAxes, metAxes, first)
  if (identity(perm)) return [products, dotOf(first, other.atom, summed, other.contract, output)]
  const second = fresh([...sizes(p, p.free), ...sizes(met, kept), ...sizes(other, other.free)])
  return [
    products,
    dotOf(first, other.atom, summed, other.contract, second),
    { primitive: 'transpose', call: null, inputs: [second], params: { perm }, outputs: [output] },
  ]
}

/** How often the equations and outputs of a program read each variable. */
function readers({ equations, outputs, size }: Program): Uint32Array {
  const count = new Uint32Array(size)
  for (const atom of [...equations.flatMap((e): readonly Atom[] => e.inputs), ...outputs])
    if (atom instanceof Var) count[atom.index] = (count[atom.index] as number) + 1
  return count
}

/**
 * The same function with products of three tensors in the order that takes fewer multiplications: x (a bᵀ) becomes
 * (x a) bᵀ, and an outer product that is only met by one more product is never made. Results differ by rounding. What derivatives
 * give one another, as J Jᵀ v does, has products in an order that nobody chose.
 */
export function reassociate(program: Program): Program {
  requireParts(program, 'The program of reassociate', ['equations', 'inputs', 'outputs', 'inTree'], 'trace')
  // each pass that changes something saves multiplications, so this ends
  for (let now = program; ; ) {
    const next = pass(now)
    if (next === null) return now
    now = next
  }
}

/** The program with those triples reordered that stand in it now; null where there are none. */
function pass(program: Program): Program | null {
  const count = readers(program)
  const makers = new Map<number, Dot>()
  const equations: Equation[] = []
  let { size } = program
  let changed = false
  const tripleAt = (equation: Dot, at: 0 | 1): Triple | null => {
    const operand = equation.inputs[at]
    const inner = operand instanceof Var && count[operand.index] === 1 ? makers.get(operand.index) : undefined
    const triple = inner === undefined ? null : tripleOf(equation, at, inner)
    if (triple === null) return null
    const { early, late } = costs(triple)
    return early < late ? triple : null
  }
  for (const equation of program.equations) {
    const triple =
      equation.primitive === 'dotGeneral' ? (tripleAt(equation, 0) ?? tripleAt(equation, 1)) : null
    if (triple !== null) {
      const output = equation.outputs[0] as Var
      equations.push(...equationsOf(triple, output, (shape) => new Var(size++, shape, output.dtype)))
      changed = true
    } else {
      equations.push(equation)
      if (equation.primitive === 'dotGeneral') makers.set(equation.outputs[0].index, equation)
    }
  }
  return changed ? { ...program, equations: liveEquations(equations, program.outputs, size), size } : null
}
