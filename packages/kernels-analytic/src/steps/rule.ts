import type { Shape } from '@ntk/tensor'
import type { Kernel } from '../kernel.js'
import type { Num } from '../numbers.js'
import type { Treatments } from '../places.js'
import type { SpatialRequirement } from '../requirements.js'
import type { HyperparameterTree, StepHyperparameters } from './hyperparameters.js'
import type { KernelStep, NameStep } from './step.js'

/** What goes from step to step: one kernel, or one a branch. */
export type Flow = readonly Kernel[]

/** Which covariances of positions a kernel holds: of equal positions, or of all pairs of them. */
export type SpatialLayout = 'diagonal' | 'full'

/** What a step has to do at its place in a network. */
export interface Work {
  /** Shapes [batch, spatial..., channels] that come in. */
  readonly shapes: readonly Shape[]
  /** The layout that comes in, and the one that is wanted of what comes out. */
  readonly layout: SpatialLayout
  readonly after: SpatialLayout
  /** Whether Θ is wanted. */
  readonly ntk: boolean
}

/** The same questions put to steps one after the other: what a step with steps inside asks of its branches. */
export interface Chains {
  spatial(steps: readonly KernelStep[]): SpatialRequirement
  shapes(steps: readonly KernelStep[], shapes: readonly Shape[]): readonly Shape[]
  hyperparameters(steps: readonly KernelStep[]): HyperparameterTree
  /** Evaluates in the way of whoever evaluates the step: plainly, or with runs taken in one piece. */
  evaluate(steps: readonly KernelStep[], flow: Flow, values: HyperparameterTree<Num> | undefined): Flow
  operations(steps: readonly KernelStep[], work: Omit<Work, 'layout'>): number
  mixesSamples(steps: readonly KernelStep[]): boolean
  /** Is shown the kernel behind each layer that has a name, on the way. */
  readonly seen?: Seen | undefined
}

export type Seen = (name: NameStep, kernel: Kernel) => void

/**
 * All that is known of a kind of step. Flows and shapes are lists with one entry, but between `fanOut` and a join, where
 * they have one a branch.
 */
export interface StepRule<S extends KernelStep> {
  /** The step's name for messages and tables. */
  name(step: S): string
  places(step: S): Treatments
  /** What it needs to know of positions. */
  spatial(step: S, chains: Chains): SpatialRequirement
  /** Shapes [batch, spatial..., channels] of the finite network's values after it. */
  shapes(step: S, shapes: readonly Shape[], chains: Chains): readonly Shape[]
  /** The numbers that its kernel has gradients in. */
  hyperparameters(step: S, chains: Chains): StepHyperparameters
  /** Plain evaluation in ops, on tensors and tracers alike: the reference, and the differentiable one. */
  evaluate(step: S, flow: Flow, values: StepHyperparameters<Num> | undefined, chains: Chains): Flow
  /** Whether its result for some samples depends on others of the set, so that it must see the whole set; no unless given. */
  mixesSamples?(step: S, chains: Chains): boolean
  /** Arithmetic operations for one pair of samples; an elementary function counts as `functionCost` of them. */
  operations(step: S, work: Work, chains: Chains): number
}

/** What an elementary function costs, in additions. */
export const functionCost = 20

/** Elements of `nngp` for one pair of samples: a pair of positions counts each in the full layout. */
export function elementsOf(shape: Shape, layout: SpatialLayout): number {
  const positions = shape.slice(1, -1).reduce((a, d) => a * d, 1)
  return layout === 'full' ? positions ** 2 : positions
}

/** The same of all branches together. */
export function elementsIn({ shapes, layout }: Work): number {
  return shapes.reduce((total, shape) => total + elementsOf(shape, layout), 0)
}
