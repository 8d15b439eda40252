import type { Equation } from '@ntk/autodiff'
import { type Shape, sizeOf } from '@ntk/tensor'
import type { Plan } from './plan.js'

/** Shapes of one use, a sample: outer products of p positions in g groups of k by w; or a Jacobian of `dense` numbers. */
export type UseSizes =
  | { readonly kind: 'outer'; readonly g: number; readonly p: number; readonly k: number; readonly w: number }
  | { readonly kind: 'dense'; readonly numbers: number }

const sizeAt = (shape: Shape, axes: Shape): number => sizeOf(axes.map((i) => shape[i] as number))

/** What `useFactor` will make of a use, from shapes; `samples` is how many rows the program has. */
export function useSizes(equation: Equation, position: number, u: Shape, samples: number): UseSizes {
  const out = equation.outputs[0]?.shape ?? []
  if (equation.primitive === 'dotGeneral') {
    const p = equation.params
    const [contract, batch] = position === 0 ? [p.lhsContract, p.lhsBatch] : [p.rhsContract, p.rhsBatch]
    const [g, k] = [sizeAt(u, batch), sizeAt(u, contract)]
    const w = sizeOf(u) / (g * k)
    return { kind: 'outer', g, k, w, p: sizeOf(out) / (samples * g * w) }
  }
  if (equation.primitive === 'convGeneralDilated' && position === 1) {
    const { featureGroups: g, batchGroups } = equation.params
    if (batchGroups === 1) {
      const outer = u.at(-1) as number
      return { kind: 'outer', g, k: sizeOf(u) / outer, w: outer / g, p: sizeOf(out) / (samples * outer) }
    }
  }
  return { kind: 'dense', numbers: sizeOf(u) }
}

/** The uses of each value of a plan. */
export function sizesOfValues(plan: Plan, samples: number): UseSizes[][] {
  const sizes: UseSizes[][] = plan.values.map(() => [])
  plan.flow.equations.forEach((equation, i) => {
    for (const { position, value } of plan.uses[i] as Plan['uses'][number]) {
      const u = plan.values[value]?.atom.shape ?? []
      sizes[value]?.push(useSizes(equation, position, u, samples))
    }
  })
  return sizes
}
