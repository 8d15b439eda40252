import { mul, NtkError, type Value } from '@ntk/tensor'
import type { Slopes } from '../activations/slopes.js'
import { type Kernel, mapCovariances } from '../kernel.js'
import { type Num, plus, times } from '../numbers.js'
import type { Sides, Source } from '../places.js'
import { activationKernel, filled } from './activation.js'
import { composed } from './composed.js'
import type { Flow } from './rule.js'

/**
 * A sum of branches that are functions of the same values, as one function of them; what it knows of a source is what those
 * values are of an outer one.
 */
export function sumOfFunctions(first: Kernel, source: Source<Kernel>, others: Flow): Kernel {
  const outer = source.of.source
  if (others.length === 0) {
    const by = outer === undefined || source.by === 'other' ? 'other' : composed(source.by, outer.by)
    return { ...first, source: outer === undefined ? undefined : { of: outer.of, by } }
  }
  let slopes: Slopes<Num> = { a: 0, b: 0 }
  for (const branch of [first, ...others]) {
    const by = branch.source?.by
    if (by === undefined || by === 'other' || branch.source?.of !== source.of) throw noSum()
    slopes = { a: plus(slopes.a, by.a), b: plus(slopes.b, by.b) }
  }
  return slopes.a === slopes.b ? linear(source.of, slopes.a) : piecewise(source.of, slopes)
}

/** What a function of a source is of the outer one, behind a join that is no sum; absent where there is none. */
export function outerSource({ source }: Kernel): Source<Kernel> | undefined {
  const outer = source?.of.source
  return outer === undefined ? undefined : { of: outer.of, by: 'other' }
}

function noSum(): NtkError {
  return new NtkError('requirement', {
    what: 'The kernel of FanInSum needs branches with weights of their own, or functions that are linear on both sides of 0.',
    got: 'branches that are other functions of the same values, with no Dense or convolutional layer between, such as u + erf(u)',
    fix: 'Put a Dense or convolutional layer into one of the branches, or estimate the kernel by sampling (monteCarloKernelFn of @ntk/kernels-empirical).',
  })
}

/** m u. */
function linear(kernel: Kernel, m: Num): Kernel {
  const square = times(m, m)
  const { ntk, means, source } = kernel
  return {
    ...kernel,
    ...mapCovariances(kernel, (k) => mul<Value>(k, square)),
    ntk: ntk === null ? null : mul<Value>(ntk, square),
    means: means === undefined || means === 'zero' ? means : scaledSides(means, m),
    source: source === undefined ? undefined : { of: source.of, by: composed({ a: m, b: m }, source.by) },
  }
}

const scaledSides = ({ of1, of2 }: Sides, m: Num): Sides => ({
  of1: mul<Value>(of1, m),
  of2: of2 === null ? null : mul<Value>(of2, m),
})

/** a min(u, 0) + b max(u, 0). */
function piecewise(kernel: Kernel, { a, b }: Slopes<Num>): Kernel {
  const numbers = typeof a === 'number' && typeof b === 'number'
  const options = numbers ? { a, b } : { a: 0, b: 0 }
  return activationKernel(
    kernel,
    filled({ kind: 'activation', name: 'ABRelu', options }, numbers ? undefined : { a, b }),
  )
}
