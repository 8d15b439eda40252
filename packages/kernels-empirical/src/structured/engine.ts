import { type Atom, trace } from '@ntk/autodiff'
import { type Tensor, unscoped } from '@ntk/tensor'
import { analyse } from '../analysis/flow.js'
import type { Engine, Task } from '../engine.js'
import { seeds } from '../layout/seeds.js'
import { block } from './block.js'
import type { Factor } from './factors.js'
import { type Plan, plan } from './plan.js'
import { constantValues, runPlan } from './run.js'

interface Prepared {
  readonly plan: Plan
  readonly variables: readonly Atom[]
  readonly constants: (Tensor | undefined)[]
}

function prepareFor(task: Task, x: Tensor): Prepared {
  const program = trace(
    (leaves: readonly Tensor[], rows: Tensor) => task.f(leaves, rows),
    [...task.leaves],
    x,
  )
  const p = plan(analyse(program, !task.independent), program.inputs.slice(0, -1))
  return {
    plan: p,
    variables: program.inputs,
    constants: constantValues(p, program.inputs, task.leaves),
  }
}

/**
 * The kernel through the structure of each primitive's Jacobian (Novak, Sohl-Dickstein, Schoenholz 2022): with respect
 * to the weights of y = x w it is x times the identity, so that their part of the kernel is (x x'ᵀ) times the product of the
 * cotangents of y, and no Jacobian of the weights is made. Works on the program of any function written in ops.
 */
export function structuredDerivatives(task: Task): Engine<(Factor | null)[]> {
  const known = new Map<string, Prepared>()
  const prepared = (x: Tensor): Prepared => {
    const shape = x.shape.join()
    let found = known.get(shape)
    if (found === undefined) {
      // Kept for all blocks of this shape, beyond the scope of the one that meets it first.
      found = unscoped(() => prepareFor(task, x))
      known.set(shape, found)
    }
    return found
  }
  return {
    prepare(x) {
      const { plan: p, constants, variables } = prepared(x)
      const n = x.shape[0] as number
      return runPlan(p, constants, variables, x, (y) => seeds(task.layout, n, task.independent, y.dtype))
    },
    block: (left, right) => block(left, right, task),
  }
}
