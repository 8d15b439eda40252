import type { SpaceParams, SpaceStep } from '../../../composites/contracts.js'
import type { Shape } from '../../../shape.js'
import { type Blocks, panelsOf } from './blocks.js'
import { isPlain, type MixingStep, type PlainStep } from './instructions.js'
import { equalAfter, type MixedJob, mapsOf, mix, ownOf, type State, variancesOfState } from './mix.js'
import type { Product } from './position-maps.js'
import { isSame, pairsOf, product, type Samples, type SpaceResult, type Wanted } from './samples.js'
import { runSegment } from './segment.js'

/** Steps with some among them that mix positions, as `spaceKernel`; null where numbers leave the range of float64. */
export function mixedKernel(
  a: Samples,
  b: Samples,
  { steps, end, ntk }: SpaceParams,
  wanted: Wanted,
  multiply: Product,
): SpaceResult | null {
  const same = pairsOf(wanted, a.n, b.n).filter(([i, j]) => isSame(a, i, b, j))
  const job: MixedJob = { a, b, wanted, ntk, same, multiply }
  const first = lengthOfPlain(steps)
  const started = startOf(job, steps.slice(0, first) as readonly PlainStep[])
  if (started === null) return null
  const last = steps.findLastIndex((step) => !isPlain(step))
  const before = through(job, steps.slice(first, last), started)
  if (before === null) return null
  const step = steps[last] as SpaceStep
  const tail = { a, b, wanted, ntk, end, steps: steps.slice(last + 1) as readonly PlainStep[] }
  if (end === 'meanOfEqual' && isMixing(step)) {
    const equal = equalAfter(job, mapsOf(job, step, before), before)
    return runSegment({ ...tail, space: spaceAfter(step, before.space), ...equal })
  }
  const behind = through(job, [step], before)
  if (behind === null) return null
  const { space, pairs } = behind
  if (end === 'meanOfEqual') return runSegment({ ...tail, space, ...equalAfter(job, null, behind) })
  return runSegment({ ...tail, space, from: pairs, variances: variancesOfState(behind) })
}

const isMixing = (step: SpaceStep): step is MixingStep => step.kind === 'attention' || step.kind === 'pool'

const lengthOfPlain = (steps: readonly SpaceStep[]): number => {
  const length = steps.findIndex((step) => !isPlain(step))
  return length === -1 ? steps.length : length
}

/** Blocks behind the steps from the data on. */
function startOf(job: MixedJob, steps: readonly PlainStep[]): State | null {
  const { a } = job
  return segment(
    job,
    steps,
    (of1, of2, wanted, ntk) =>
      runSegment({
        a: of1,
        b: of2,
        wanted,
        ntk,
        steps,
        from: { kind: 'data' },
        space: a.space,
        end: 'blocks',
        variances: null,
      }),
    a.space,
  )
}

/** Blocks behind steps, with `run` for those of two sides. */
function segment(
  { a, b, wanted, ntk }: MixedJob,
  steps: readonly PlainStep[],
  run: (of1: Samples, of2: Samples, wanted: Wanted, ntk: boolean) => SpaceResult | null,
  space: Shape,
): State | null {
  const after = steps.reduce<Shape>((sizes, step) => spaceAfter(step, sizes), space)
  const blocks = (of1: Samples, of2: Samples, which: Wanted, theta: boolean): Blocks | null => {
    const result = run(of1, of2, which, theta)
    const panels = panelsOf(which, of1.n, of2.n, product(after))
    return result === null ? null : { kind: 'blocks', panels, ...result }
  }
  const pairs = blocks(a, b, wanted, ntk)
  if (pairs === null) return null
  if (wanted === 'own') return { space: after, pairs, own1: pairs, own2: pairs }
  const own1 = wanted === 'lower' ? ownOf(pairs) : blocks(a, a, 'own', false)
  const own2 = a === b ? own1 : blocks(b, b, 'own', false)
  return own1 === null || own2 === null ? null : { space: after, pairs, own1, own2 }
}

function spaceAfter(step: SpaceStep, space: Shape): Shape {
  if (step.kind === 'sum')
    return (step.branches[0] ?? []).reduce<Shape>((sizes, own) => spaceAfter(own, sizes), space)
  if (step.kind !== 'pool' && (step.kind !== 'window' || step.axes.length === 0)) return space
  return step.axes.map((window) => window[0]?.length ?? 0)
}

/** All steps, in runs as long as chunks can go by themselves. */
function through(job: MixedJob, steps: readonly SpaceStep[], state: State): State | null {
  let here: State | null = state
  for (let at = 0; at < steps.length && here !== null; ) {
    const length = lengthOfPlain(steps.slice(at))
    const step = steps[at] as SpaceStep
    if (length > 0) here = plain(job, steps.slice(at, at + length) as readonly PlainStep[], here)
    else if (step.kind === 'sum') here = sumOf(job, step.branches, here)
    else here = mix(job, mapsOf(job, step as MixingStep, here), here, spaceAfter(step, here.space))
    at += Math.max(1, length)
  }
  return here
}

function plain(job: MixedJob, steps: readonly PlainStep[], state: State): State | null {
  const { space, pairs, own1, own2 } = state
  const diagonals = variancesOfState(state)
  const run = (of1: Samples, of2: Samples, wanted: Wanted, ntk: boolean): SpaceResult | null => {
    const isPair = wanted === job.wanted
    const first = of1 === job.a
    const from = isPair ? pairs : first ? own1 : own2
    const own = first ? diagonals.of1 : diagonals.of2
    const variances = isPair ? diagonals : { of1: own, of2: own }
    return runSegment({ a: of1, b: of2, wanted, ntk, steps, from, space, end: 'blocks', variances })
  }
  return segment(job, steps, run, space)
}

/** The sum of what branches make of one state. */
function sumOf(job: MixedJob, branches: readonly (readonly SpaceStep[])[], state: State): State | null {
  const results = branches.map((branch) => through(job, branch, state))
  const known = results.filter((result) => result !== null)
  if (known.length < results.length) return null
  const added = (x: Float64Array, y: Float64Array): Float64Array => x.map((v, k) => v + (y[k] as number))
  const sum = (x: Blocks, y: Blocks): Blocks => ({
    ...x,
    nngp: added(x.nngp, y.nngp),
    ntk: x.ntk === null || y.ntk === null ? null : added(x.ntk, y.ntk),
  })
  return known.reduce((x, y) => {
    const own1 = sum(x.own1, y.own1)
    const pairs = x.pairs === x.own1 ? own1 : sum(x.pairs, y.pairs)
    return { space: x.space, pairs, own1, own2: x.own2 === x.own1 ? own1 : sum(x.own2, y.own2) }
  })
}
