/** An initial value problem dy/dt = f(t, y), as methods see it. */
export interface Problem {
  slope(t: number, y: Float64Array): Float64Array
  /** The size of an error of a step from y to `next` in units of what is tolerated: a step is taken where it is at most 1. */
  errorOf(error: Float64Array, y: Float64Array, next: Float64Array): number
  /** What implicit methods need. */
  linearize(t: number, y: Float64Array): Linearization
}

/** f about a point: J = ∂f/∂y, and ∂f/∂t. */
export interface Linearization {
  /** Solves (I − c J) x = r for the factor c, as often as wanted; null where it cannot, so that a smaller c must be taken. */
  shifted(c: number): ((r: Float64Array) => Float64Array) | null
  /** ∂f/∂t; null where f does not depend on t. */
  readonly timeSlope: Float64Array | null
}

/** What a method makes of one step, before anybody judged its error. */
export interface Step {
  readonly y: Float64Array
  readonly error: Float64Array
  /** f at the end of the step, where the method knows it. */
  readonly slope: Float64Array | null
  /** An estimate of the largest |eigenvalue of J|, where the method has one. */
  readonly rate: number
  /** y at a share in [0, 1] of the step. */
  at(share: number): Float64Array
}

export interface Method {
  readonly name: string
  /** Of the solution that a step gives. */
  readonly order: number
  /** The error of a step falls like h to this power. */
  readonly errorOrder: number
  /** |h J| up to which steps are stable: Infinity for methods that are stable whatever h is. */
  readonly stableTo: number
  /** One step of size h from (t, y), where f is `slope`; null where the linear equations of an implicit method have no solution. */
  step(problem: Problem, t: number, y: Float64Array, slope: Float64Array, h: number): Step | null
}
