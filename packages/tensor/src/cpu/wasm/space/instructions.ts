import type {
  AttentionInSpace,
  PoolInSpace,
  SpaceActivation,
  SpaceStep,
} from '../../../composites/contracts.js'

/** Steps that map positions onto each other, for which all pairs of positions must be at hand. */
export type MixingStep = AttentionInSpace | PoolInSpace

type Simple = Exclude<SpaceStep, MixingStep | { readonly kind: 'sum' }>

/** Steps that a chunk goes through by itself. */
export type PlainStep =
  | Simple
  | { readonly kind: 'sum'; readonly branches: readonly (readonly PlainStep[])[] }

export const isPlain = (step: SpaceStep): step is PlainStep =>
  step.kind === 'sum'
    ? step.branches.every((branch) => branch.every(isPlain))
    : step.kind !== 'attention' && step.kind !== 'pool'

/** What is here goes to a place, comes from there, or what is there is added to it. */
export interface Transfer {
  readonly kind: 'save' | 'load' | 'add'
  readonly slot: number
}

/** Steps in a line: sums as transfers to and from places beside. */
export type Instruction = Simple | Transfer

export type Window = Extract<Simple, { readonly kind: 'window' }>

/** An activation that goes by a closed form. */
export type ClosedActivation = Exclude<SpaceActivation, { readonly kind: 'series' }>

export const isTransfer = (step: Instruction): step is Transfer =>
  step.kind === 'save' || step.kind === 'load' || step.kind === 'add'

export const isActivation = (step: Instruction | undefined): step is SpaceActivation =>
  step?.kind === 'abRelu' || step?.kind === 'erf' || step?.kind === 'series'

/** Whether a step reads variances. */
export const readsVariances = (step: Instruction): boolean => step.kind === 'norm' || isActivation(step)

/** Steps in a line. Of a sum, what went in stands in one place and the sum so far in another. */
export function instructionsOf(steps: readonly PlainStep[], depth = 0): Instruction[] {
  const [source, sum] = [2 * depth, 2 * depth + 1]
  return steps.flatMap((step): Instruction[] => {
    if (step.kind !== 'sum') return [step]
    const long = step.branches.filter((branch) => branch.length > 0)
    // Where no branch has steps, the first is what is here already.
    const empty = step.branches.length - long.length - (long.length === 0 ? 1 : 0)
    return [
      { kind: 'save', slot: source },
      ...long.flatMap((branch, i): Instruction[] => {
        const own = instructionsOf(branch, depth + 1)
        if (i === 0) return own
        return [
          { kind: 'save', slot: sum },
          { kind: 'load', slot: source },
          ...own,
          { kind: 'add', slot: sum },
        ]
      }),
      ...Array.from({ length: empty }, (): Instruction => ({ kind: 'add', slot: source })),
    ]
  })
}

/** How many places there are beside. */
export const slotsOf = (steps: readonly Instruction[]): number =>
  Math.max(0, ...steps.map((step) => (isTransfer(step) ? step.slot + 1 : 0)))

const isOneSided = (step: SpaceActivation): boolean =>
  step.kind === 'abRelu' && (step.a === 0 || step.b === 0)

/** Of each step, whether no K before it is negative: behind a ReLU and what keeps signs. */
export function positiveBefore(steps: readonly Instruction[]): boolean[] {
  const slots = new Map<number, boolean>()
  let here = false
  return steps.map((step) => {
    const before = here
    if (isTransfer(step)) {
      const there = slots.get(step.slot) ?? false
      if (step.kind === 'save') slots.set(step.slot, here)
      else here = there && (here || step.kind === 'load')
    } else if (step.kind === 'window') here &&= step.wVar >= 0 && step.bVar >= 0
    else if (step.kind !== 'norm') here = isOneSided(step)
    return before
  })
}
