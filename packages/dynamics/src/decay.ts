import { NtkError, type Tensor } from '@ntk/tensor'
import { type Motion, response } from './propagator.js'

/** A decay of weights, d · (θ − c) in the gradient. */
export interface Decay {
  /** d, times what the loss divides by: in units of the kernel's eigenvalues. */
  readonly rate: number
  /** c: where the weights started, or 0. */
  readonly to: 'start' | 'zero'
}

/**
 * Training with weights that decay. The weights are θ_t = β θ_0 + (θ_0's own part, 1 − β, where they decay to the start) + J(X)ᵀ a. Along an eigenvector of eigenvalue λ
 * the representer a has the gradient ((λ + N d) a + f_0 − y) / N where weights decay to their start: `error` below is its response g(λ + N d, t) to an error of 1.
 *
 * Where they decay to 0 the part J(x) θ_0 of the outputs shrinks as β does, and the gradient is ((λ + N d) a + f_0 − (1 − β) J θ_0 − y) / N; `tangent` is the response
 * to J θ_0 = 1 that comes on top of that to the error f_0 − J θ_0 − y. In a flow β g(λ, t), of steps by powers of the map, neither with a division by λ.
 */
export interface DecayedResponse {
  error(lambda: number): number
  tangent(lambda: number): number
  /** β: 1 at the start, and always where weights decay to it. */
  readonly share: number
}

export function decayedResponse(motion: Motion, { rate, to }: Decay, t: number): DecayedResponse {
  const share = to === 'start' || rate === 0 ? 1 : 1 + rate * response(motion, rate, t)
  return {
    error: (lambda) => response(motion, lambda + rate, t),
    tangent(lambda) {
      if (t === Infinity) return 0
      if (motion.dynamics === 'steps') return tangentSteps(motion, rate, lambda, t)
      return share * response(motion, lambda, t)
    },
    share,
  }
}

/** Throws NtkError 'unsupported' where no closed form is known. */
export function requireClosedForm({ dynamics, momentum }: Motion, { rate, to }: Decay): void {
  if (rate === 0 || to === 'start' || dynamics === 'steps' || momentum === null || momentum === 0) return
  throw new NtkError('unsupported', {
    what: 'gradientDescentMse has no closed form of a flow with momentum and weights that decay to zero.',
    got: `momentum ${momentum} with decayTo: 'zero'`,
    fix: "Use dynamics: 'steps', decayTo: 'start', or no momentum.",
  })
}

/**
 * a after t steps from rest, with v ← m v + ((λ + N d) a + β) / N, a ← a − η v and w ← m w + d β, β ← β − η w from 1: by repeated squaring of the map of (a, v, β, w).
 * Throws NtkError 'diverged' where it leaves the range of numbers.
 */
function tangentSteps(
  { learningRate, scale, momentum }: Motion,
  rate: number,
  lambda: number,
  t: number,
): number {
  const m = momentum ?? 0
  const [pull, decay, push] = [(lambda + rate) / scale, rate / scale, 1 / scale]
  const velocity = [pull, m, push, 0]
  const shrinking = [0, 0, decay, m]
  const moved = (i: number, row: readonly number[]): number[] =>
    row.map((v, j) => (i === j ? 1 : 0) - learningRate * v)
  let power: Matrix = [moved(0, velocity), velocity, moved(2, shrinking), shrinking]
  let total: Matrix = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => (i === j ? 1 : 0)))
  for (let rest = t; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) total = product(power, total)
    power = product(power, power)
  }
  const a = total[0]?.[2] as number
  if (Number.isFinite(a)) return a
  throw new NtkError('diverged', {
    what: `Gradient descent diverges at this learning rate: ${t} steps leave the range of numbers.`,
    got: String(learningRate),
    fix: 'Take one below maxLearningRate, which counts weight decay.',
  })
}

type Matrix = readonly (readonly number[])[]

function product(a: Matrix, b: Matrix): Matrix {
  return a.map((row) => row.map((_, j) => row.reduce((sum, v, k) => sum + v * (b[k]?.[j] as number), 0)))
}

/** J(x) θ_0 on the training and the test set. */
interface Tangents {
  readonly tangentTrain0?: Tensor | undefined
  readonly tangentTest0?: Tensor | undefined
  readonly kTestTrain?: Tensor | null | undefined
}

/** Throws NtkError 'option' unless J θ_0 is given just where weights decay to zero, on all points that are predicted. */
export function requireTangents(
  owner: string,
  to: Decay['to'],
  { tangentTrain0, tangentTest0, kTestTrain }: Tangents,
): void {
  const given = tangentTrain0 !== undefined || tangentTest0 !== undefined
  if (to === 'start' && given) {
    throw new NtkError('option', {
      what: `${owner} takes tangentTrain0 and tangentTest0 where weights decay to zero.`,
      got: "decayTo: 'start'",
      fix: "Leave them out, or write decayTo: 'zero'.",
    })
  }
  if (to === 'start') return
  const missing =
    tangentTrain0 === undefined
      ? 'tangentTrain0'
      : kTestTrain && tangentTest0 === undefined
        ? 'tangentTest0'
        : null
  if (missing === null) return
  throw new NtkError('option', {
    what: `Weights that decay to zero take what of the outputs is linear in them along: a prediction needs ${missing}, J(x) θ_0.`,
    got: 'nothing',
    fix: "Give the network's jvp along its own weights, jvp((p) => apply(p, x), [params], [params])[1]; or write decayTo: 'start'.",
  })
}
