import type { Program } from '@ntk/autodiff'
import { bytesPerElement, type FloatDType, NtkError, type Tensor } from '@ntk/tensor'
import type { Flow } from './analysis/flow.js'
import { type Cost, jacobianCost, scaleOf, structuredCost, vectorProductsCost } from './cost.js'
import type { Engine, SetUp, Task } from './engine.js'
import { jacobianContraction } from './generic/jacobian.js'
import { leastSlice, sliceAxes } from './generic/slices.js'
import { vectorProducts } from './generic/vector-products.js'
import type { Implementation, NtkOptions } from './options.js'
import { structuredDerivatives } from './structured/engine.js'
import { type Plan, plan } from './structured/plan.js'

export type Named = Exclude<Implementation, 'auto'>

export interface Choice {
  readonly implementation: Named
  readonly engine: Engine<unknown>
  /** Rows of a block a side. */
  readonly size: number
  /** Sides kept at once. */
  readonly keep: number
}

const engines: { readonly [I in Named]: (task: Task) => Engine<unknown> } = {
  'jacobian-contraction': (task) => jacobianContraction(task) as Engine<unknown>,
  'ntk-vector-products': (task) => vectorProducts(task) as Engine<unknown>,
  'structured-derivatives': (task) => structuredDerivatives(task) as Engine<unknown>,
}

/** 1 GiB. */
const defaultBytes = 2 ** 30

const numbersIn = (bytes: number, dtype: FloatDType): number => bytes / bytesPerElement[dtype]

/** How many numbers one intermediate of many may hold. */
const sliceOf = (numbers: number): number => Math.max(2 ** 12, Math.floor(numbers / 8))

/** Costs of all implementations for sides of these numbers of rows. */
export function countCosts(
  { task, program, flow, dtype }: SetUp,
  rows: readonly [number, number],
  same: boolean,
  numbers: number = numbersIn(defaultBytes, dtype),
): { readonly [I in Named]: () => Cost } {
  const scale = scaleOf(task, program, rows, same)
  const leaves = program.inputs.slice(0, -1)
  const least = sliceAxes(program, leaves).map((axis, i) => leastSlice(leaves[i]?.shape ?? [], axis))
  return {
    'structured-derivatives': () => structuredCost(task, scale, structuredPlan(program, flow), rows[0]),
    'jacobian-contraction': () => jacobianCost(task, scale, { flow, least }, sliceOf(numbers)),
    'ntk-vector-products': () => vectorProductsCost(task, scale, flow, rows[0]),
  }
}

/** The implementation asked for or the cheapest by count, and tiles of at most `tile` rows that keep within the memory. */
export function chooseEngine(
  setUp: SetUp,
  x1: Tensor,
  x2: Tensor | null,
  o: NtkOptions,
  tile: number | undefined,
): Choice {
  const { task } = setUp
  const rows = [x1.shape[0] as number, (x2 ?? x1).shape[0] as number] as const
  const numbers = numbersIn(o.maxBytes ?? defaultBytes, setUp.dtype)
  const costs = countCosts(setUp, rows, x2 === null, numbers)
  const { implementation, cost } = cheapest(o.implementation ?? 'auto', costs)
  const { size, keep } = blockSize(cost.perRow, task, numbers, Math.max(...rows))
  const bounded = { ...task, maxNumbers: sliceOf(numbers) }
  // Products with vectors are of all rows at once, and those of a Jacobian with itself are of one triangle by themselves.
  const triangle = x2 === null && implementation === 'structured-derivatives'
  const wanted = tile ?? (triangle ? triangleSize(task, rows[0]) : size)
  return {
    implementation,
    engine: engines[implementation](bounded),
    keep,
    size: task.independent ? Math.min(wanted, size) : Number.MAX_SAFE_INTEGER,
  }
}

/**
 * Blocks on the diagonal of a symmetric kernel are computed whole, so several blocks a side spare nearly half of the
 * products; but not so small that weights are read for a few hundred cotangents at a time.
 */
function triangleSize({ layout }: Task, rows: number): number {
  return Math.max(Math.ceil(rows / 4), Math.ceil(256 / layout.order.length))
}

function structuredPlan(program: Program, flow: Flow): Plan {
  return plan(flow, program.inputs.slice(0, -1))
}

function cheapest(
  wanted: Implementation,
  costs: { readonly [I in Named]: () => Cost },
): { implementation: Named; cost: Cost } {
  if (wanted !== 'auto') {
    return { implementation: wanted, cost: costs[wanted]() }
  }
  let best: { implementation: Named; cost: Cost } | null = null
  for (const implementation of Object.keys(costs) as Named[]) {
    const cost = countable(costs[implementation])
    if (cost !== null && (best === null || cost.flops < best.cost.flops)) best = { implementation, cost }
  }
  return best as { implementation: Named; cost: Cost }
}

/** The cost, or null where the implementation cannot do the function. */
export function countable(cost: () => Cost): Cost | null {
  try {
    return cost()
  } catch (error) {
    if (NtkError.isInstance(error) && error.code === 'unsupported') return null
    throw error
  }
}

/** The most rows of which two sides and a block of pairs (in a few copies) fit, and how many sides fit beside the block. */
function blockSize(
  perRow: number,
  { layout }: Task,
  numbers: number,
  rows: number,
): { size: number; keep: number } {
  const perPair = 4 * layout.diagonal * layout.free ** 2
  // perPair s² + 2 perRow s = numbers
  const s = (Math.sqrt(perRow ** 2 + perPair * numbers) - perRow) / perPair
  const size = Math.max(1, Math.min(rows, Math.floor(s)))
  return { size, keep: Math.max(2, Math.floor((numbers - perPair * size ** 2) / (perRow * size))) }
}
