import { vjp } from '@ntk/autodiff'
import {
  hyperparameters,
  type KernelNet,
  kernelOf,
  layoutBefore,
  withHyperparameters,
} from '@ntk/kernels-analytic'
import {
  cpuBackend,
  NtkError,
  scope,
  slice,
  type Tensor,
  tensor,
  throwIfAborted,
  turnEvery,
} from '@ntk/tensor'
import { inDouble } from '../algebra/host.js'
import { type FitCall, type KernelChoice, sourceOf } from '../kernel-source.js'
import { type Leaf, replaced } from './parameters.js'

/** The kernel of a training set as a function of some of a network's numbers, with derivatives. */
export interface KernelFamily {
  kernel(values: ReadonlyMap<string, number>): Promise<Tensor>
  /** Σ_ij G_ij ∂K_ij/∂v of each leaf, for a symmetric G [n, n]; `kernel` is what `kernel(values)` gave. */
  pullBack(
    values: ReadonlyMap<string, number>,
    cotangent: Float64Array,
    kernel: Tensor,
  ): Promise<Float64Array>
}

/** Numbers of one array on the way of a block of rows: some tens of them are held at once. */
const blockSize = 2 ** 19

/**
 * Kernels by the fast way, and their derivatives backwards through the plain one, in blocks of rows of one triangle. Networks whose kernel of
 * some rows is not that of the whole set (dropout, layers along the batch) are taken in one piece.
 */
export function kernelFamily(
  net: KernelNet,
  get: KernelChoice,
  x: Tensor,
  leaves: readonly Leaf[],
  call: FitCall,
): KernelFamily {
  const tree = hyperparameters(net)
  const n = x.shape[0] as number
  const positions = x.shape.slice(1, -1).reduce((a, d) => a * d, 1)
  const perPair = layoutBefore(net.kernel, 'full') === 'full' ? positions ** 2 : positions
  const rows = Math.max(1, Math.min(n, Math.floor(blockSize / (n * perPair))))
  let whole = false

  /** Adds the gradient of a block to `into`; tells how far the block is from the kernel's own rows. */
  const addBlock = (
    values: ReadonlyMap<string, number>,
    cotangent: Float64Array,
    kernel: ArrayLike<number>,
    [start, stop]: readonly [number, number],
    into: Float64Array,
  ): number =>
    scope(() => {
      const x1 = whole ? x : slice(x, [start, stop])
      const x2 = whole ? null : slice(x, [0, stop])
      const names = leaves.map(({ path }) => path)
      const primals = names.map((path) => tensor(values.get(path) as number, { backend: cpuBackend() }))
      const block = (...given: Tensor[]): Tensor => {
        const own = replaced(tree, new Map(names.map((path, i) => [path, given[i] as Tensor])))
        const record = kernelOf(net as Parameters<typeof kernelOf>[0], x1, x2, {
          hyperparameters: own,
          ntk: get === 'ntk',
        })
        return (get === 'ntk' ? record.ntk : record.nngp) as Tensor
      }
      const [k, back] = vjp(block, ...primals)
      const numbers = k.dataSync()
      const ct = new Float64Array((stop - start) * stop)
      let off = 0
      for (let i = start; i < stop; i++) {
        for (let j = 0; j < stop; j++) {
          const at = (i - start) * stop + j
          ct[at] = (cotangent[i * n + j] as number) * (j < start ? 2 : 1)
          off = Math.max(off, Math.abs((numbers[at] as number) - (kernel[i * n + j] as number)))
        }
      }
      back(inDouble(ct, [stop - start, stop])).forEach((slope, i) => {
        into[i] = (into[i] as number) + slope.item()
      })
      return off
    })

  const family: KernelFamily = {
    kernel: (values) => sourceOf(withHyperparameters(net, replaced(tree, values)), get).train(x, call),
    async pullBack(values, cotangent, given) {
      const kernel = given.dataSync()
      let size = 0
      for (let i = 0; i < n; i++) size = Math.max(size, Math.abs(kernel[i * (n + 1)] as number))
      const turn = turnEvery()
      const gradient = new Float64Array(leaves.length)
      const block = whole ? n : rows
      for (let start = 0; start < n; start += block) {
        throwIfAborted(call.signal, 'The choice of hyperparameters')
        await turn()
        const off = addBlock(values, cotangent, kernel, [start, Math.min(n, start + block)], gradient)
        if (off <= 1e-6 * size) continue
        if (whole) throw differs(off)
        whole = true
        return family.pullBack(values, cotangent, given)
      }
      return gradient
    },
  }
  return family
}

const differs = (off: number): NtkError =>
  new NtkError('requirement', {
    what: 'Hyperparameters are chosen for networks whose kernel is the same in one piece and in tiles.',
    got: `a difference of ${off}`,
    fix: 'Give the hyperparameters, or search them on a grid.',
  })
