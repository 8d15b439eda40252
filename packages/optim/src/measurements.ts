/** What can be measured of parameters while they are trained: values of `measure` of `train`. */
import { leafPaths, type Tree, treeFlatten } from '@ntk/autodiff'
import { add, NtkError, sameShape, showShape, sqrt, square, sub, sum, type Tensor } from '@ntk/tensor'
import { requireFunction, requireTensor } from '@ntk/tensor/options'

/** A number, numbers by name, or a tensor. */
export type Measured = number | Tensor | Readonly<Record<string, number>>

/** Asked at every evaluation; what it gives stands in the record under its name. */
export type Measurement<P extends Tree> = (params: P, step: number) => Measured | Promise<Measured>

async function norm(x: Tensor): Promise<number> {
  return (await sqrt(sum(square(x))).data())[0] as number
}

/**
 * How far weights moved from the start, layer by layer: ‖θ − θ0‖ / ‖θ0‖ of the tensors that stand together in one record, under the
 * path of that record, such as '[2]' of [2].w and [2].b. Of wide networks it falls as 1/√width (Lee et al. 2019, Section 2.3).
 * Where a layer starts at zero it is Infinity once it has moved.
 */
export function relativeChange<P extends Tree>(params0: P): (params: P) => Promise<Record<string, number>> {
  const { leaves: before, treedef } = treeFlatten(params0)
  const layers = leafPaths(treedef).map((path) => path.replace(/\.[^.[\]]*$/, ''))
  return async (params) => {
    const now = treeFlatten(params, treedef).leaves
    const squares = new Map<string, readonly [Tensor, Tensor]>()
    for (const [i, layer] of layers.entries()) {
      const start = before[i] as Tensor
      const own = [sum(square(sub(now[i] as Tensor, start))), sum(square(start))] as const
      const so = squares.get(layer)
      squares.set(layer, so === undefined ? own : [add(so[0], own[0]), add(so[1], own[1])])
    }
    const read = [...squares].map(async ([layer, [moved, start]]) => {
      const [m, s] = [(await moved.data())[0] as number, (await start.data())[0] as number]
      return [layer, m === 0 ? 0 : Math.sqrt(m / s)] as const
    })
    return Object.fromEntries(await Promise.all(read))
  }
}

/**
 * How far a kernel moved from that at the start: ‖K − K0‖ / ‖K0‖, Frobenius norms. `kernel` gives K of parameters, such as an empirical kernel
 * over chosen samples: `(p) => ntk(x, null, p)`; `kernel0` is K0.
 */
export function kernelChange<P extends Tree>(
  kernel: (params: P) => Tensor | Promise<Tensor>,
  kernel0: Tensor,
): (params: P) => Promise<number> {
  requireFunction(kernel, 'kernel of kernelChange')
  requireTensor(kernel0, 'kernel0 of kernelChange')
  return async (params) => {
    const now = await kernel(params)
    requireTensor(now, 'What kernel of kernelChange gives')
    if (!sameShape(now.shape, kernel0.shape)) {
      throw new NtkError('shape', {
        what: 'kernelChange compares kernels of one shape.',
        got: `${showShape(now.shape)} and at the start ${showShape(kernel0.shape)}`,
      })
    }
    const [moved, start] = [await norm(sub(now, kernel0)), await norm(kernel0)]
    return moved === 0 ? 0 : moved / start
  }
}
