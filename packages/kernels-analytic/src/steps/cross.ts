import { mul, NtkError, type Value } from '@ntk/tensor'
import { type Kernel, spatialRank } from '../kernel.js'
import { type Num, times } from '../numbers.js'
import type { Sides } from '../places.js'
import { spread, spreadSpace } from './spread.js'

export type ArrayName = 'nngp' | 'ntk' | 'cov1' | 'cov2'

/** What the values of two branches have to do with each other: null where their covariance is 0. */
export type Relation =
  /** Independent, with means. */
  | { readonly kind: 'means'; readonly a: Sides; readonly b: Sides }
  /** Multiples of the same values, by factors whose product is m. */
  | { readonly kind: 'same'; readonly of: Kernel; readonly m: Num }
  | null

/** The relation of two branches. Throws NtkError 'requirement' where their covariance is not known. */
export function relationOf(name: string, a: Kernel, b: Kernel): Relation {
  if (a.source !== undefined && b.source !== undefined) return sameSource(name, a, b)
  if (a.means === 'zero' || b.means === 'zero') return null
  if (a.means !== undefined && b.means !== undefined) return { kind: 'means', a: a.means, b: b.means }
  throw new NtkError('requirement', {
    what: `The kernel of ${name} needs the means of branches that both end without a Dense or convolutional layer.`,
    got: 'a branch whose mean is not known (the data itself, Flatten of positions, or an activation without a formula for it)',
    fix: 'End one of the branches with a Dense or convolutional layer.',
  })
}

function sameSource(name: string, a: Kernel, b: Kernel): Relation {
  const [f, g] = [a.source?.by, b.source?.by]
  const of = a.source?.of
  const linear =
    f !== undefined && g !== undefined && f !== 'other' && g !== 'other' && f.a === f.b && g.a === g.b
  if (linear && of !== undefined && of === b.source?.of) return { kind: 'same', of, m: times(f.a, g.a) }
  throw new NtkError('requirement', {
    what: `The kernel of ${name} needs branches with weights of their own, or multiples of the same values.`,
    got: 'branches that are other functions of the same values, with no Dense or convolutional layer between, such as u and relu(u)',
    fix: 'Put a Dense or convolutional layer into one of the branches, or estimate the kernel by sampling (monteCarloKernelFn of @ntk/kernels-empirical).',
  })
}

/** Covariances of the values of one branch with those of another, laid out as the arrays of `like`; null: 0. */
export function crossOf(name: ArrayName, relation: Relation, like: Kernel): Value | null {
  if (relation === null) return null
  if (relation.kind === 'same') {
    const value = relation.of[name]
    return value === null ? null : mul<Value>(value, relation.m)
  }
  // No parameter is in both branches, and what they share before them has no part in this in the limit.
  if (name === 'ntk') return null
  const { a, b } = relation
  const rank = like.diagonalSpatial ? 0 : spatialRank(like)
  const second = ({ of1, of2 }: Sides): Value => of2 ?? of1
  if (name === 'nngp') return mul(spread(a.of1, 0, rank), spread(second(b), 1, rank))
  const [m, n] = name === 'cov1' ? [a.of1, b.of1] : [second(a), second(b)]
  if (like.diagonalBatch) return mul(spreadSpace(m, 0), spreadSpace(n, 1))
  return mul(spread(m, 0, rank), spread(n, 1, rank))
}
