import { vjp, vmap } from '@ntk/autodiff'
import { add, expandDims, reshape, type Tensor } from '@ntk/tensor'
import type { Engine, Task } from '../engine.js'
import { sampleSeeds, seeds } from '../layout/seeds.js'
import { contract, type Factor } from '../structured/factors.js'

/**
 * Jacobians [b, n, ...θ] of one side, for each parameter: by reverse mode, over output entries and samples by vmap.
 * n is 1 where samples are not independent.
 */
export function jacobians({ f, leaves, layout, independent }: Task, x: Tensor): Tensor[] {
  const list = [...leaves]
  if (!independent) {
    const [out, pullback] = vjp((...ps: Tensor[]) => f(ps, x), ...list)
    const all = vmap((ct: Tensor) => pullback(ct))(seeds(layout, x.shape[0] as number, false, out.dtype))
    return all.map((j) => expandDims(j, 1))
  }
  const ofSample = (row: Tensor): Tensor[] => {
    const [out, pullback] = vjp((...ps: Tensor[]) => f(ps, expandDims(row, 0)), ...list)
    return vmap((ct: Tensor) => pullback(ct))(sampleSeeds(layout, out.dtype))
  }
  return vmap(ofSample, { outAxes: 1 })(x)
}

/** The kernel as the product of whole Jacobians: the plain way, and the oracle of the others. */
export function jacobianContraction(task: Task): Engine<Tensor[]> {
  return {
    prepare: (x) => jacobians(task, x),
    block(left, right) {
      const parts: (Tensor | undefined)[] = Array.from({ length: task.parts })
      left.forEach((j, i) => {
        const flat = (t: Tensor): Factor => ({
          kind: 'dense',
          scale: null,
          rows: null,
          j: reshape(t, [t.shape[0] as number, t.shape[1] as number, -1]),
        })
        const block = contract(flat(j), flat(right[i] as Tensor), task.layout, task.maxNumbers)
        const part = task.partOf[i] as number
        parts[part] = parts[part] === undefined ? block : add(parts[part], block)
      })
      return parts as Tensor[]
    },
  }
}
