import {
  cast,
  div,
  mul,
  NtkError,
  norm,
  powerOfTwoNear,
  sameShape,
  showShape,
  sub,
  sum,
  type Tensor,
  tensor,
} from '@ntk/tensor'
import { requireList, requireTensor } from '@ntk/tensor/options'

export interface KernelDistance {
  /** ‖k − reference‖_F / ‖reference‖_F (Lee et al. 2019, Figure 1). */
  readonly relativeFrobenius: number
  /** ⟨k, reference⟩ / (‖k‖ ‖reference‖): 1 where one is a positive multiple of the other. */
  readonly alignment: number
}

/** How far a kernel is from a reference of the same shape, whatever the scale of either. NaN where the reference is 0. */
export async function kernelDistance(kernel: Tensor, reference: Tensor): Promise<KernelDistance> {
  requireTensor(kernel, 'The kernel of kernelDistance')
  requireTensor(reference, 'The reference of kernelDistance')
  if (!sameShape(kernel.shape, reference.shape)) {
    throw new NtkError('shape', {
      what: 'kernelDistance needs two kernels of one shape.',
      got: `${showShape(kernel.shape)} and ${showShape(reference.shape)}`,
    })
  }
  const a = cast(kernel, 'float64')
  const b = cast(reference, 'float64')
  const number = async (x: Tensor): Promise<number> => (await x.data())[0] as number
  const [na, nb] = [await number(norm(a)), await number(norm(b))]
  // A difference of norms would lose what little the kernel moved; the norm of the difference does not.
  const moved = await number(norm(sub(a, b)))
  const [pa, pb] = [na, nb].map((n) => powerOfTwoNear(tensor(n)).item()) as [number, number]
  const product = await number(sum(mul(div(a, pa), div(b, pb))))
  return { relativeFrobenius: moved / nb, alignment: product / ((na / pa) * (nb / pb)) }
}

/** Of kernels at several times of training, how far each is from the first. */
export async function kernelChange(kernels: readonly Tensor[]): Promise<KernelDistance[]> {
  requireList(kernels, 'The kernels of kernelChange')
  const [first] = kernels
  if (first === undefined) return []
  return Promise.all(kernels.map((kernel) => kernelDistance(kernel, first)))
}
