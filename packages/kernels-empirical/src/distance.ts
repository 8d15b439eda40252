import { cast, mul, NtkError, norm, sameShape, showShape, square, sub, sum, type Tensor } from '@ntk/tensor'

export interface KernelDistance {
  /** ‖k − reference‖_F / ‖reference‖_F (Lee et al. 2019, Figure 1). */
  readonly relativeFrobenius: number
  /** ⟨k, reference⟩ / (‖k‖ ‖reference‖): 1 where one is a positive multiple of the other. */
  readonly alignment: number
}

/** How far a kernel is from a reference of the same shape. */
export async function kernelDistance(kernel: Tensor, reference: Tensor): Promise<KernelDistance> {
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
  const moved = Math.sqrt(await number(sum(square(sub(a, b)))))
  return { relativeFrobenius: moved / nb, alignment: (await number(sum(mul(a, b)))) / (na * nb) }
}

/** Of kernels at several times of training, how far each is from the first. */
export async function kernelChange(kernels: readonly Tensor[]): Promise<KernelDistance[]> {
  const [first] = kernels
  if (first === undefined) return []
  return Promise.all(kernels.map((kernel) => kernelDistance(kernel, first)))
}
