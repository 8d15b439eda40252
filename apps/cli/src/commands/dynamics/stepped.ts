import { add, matmul, mul, reshape, sub, type Tensor, transpose } from '@ntk/tensor'

/** Kernels of a network at its start with what it gives there; all float64. */
export interface Stepped {
  /** [n, n, k, k] and [m, n, k, k], or means over outputs, [n, n] and [m, n]. */
  readonly trainTrain: Tensor
  readonly testTrain: Tensor
  /** Outputs at the start, [n, k] and [m, k]. */
  readonly fTrain: Tensor
  readonly fTest: Tensor
  /** [n, k] */
  readonly yTrain: Tensor
}

/**
 * Test outputs [m, k] of the linearization after some steps of gradient descent on ½ mean (f − y)², taken one by one:
 * f′ = f − η Θ (f − y) / size(y), with heavy-ball momentum where that is asked for. It is the closed form (I − ηΘ)^t at a
 * single t, for a fraction of the time that the eigenvectors of Θ take.
 */
export function steppedTestOutputs(
  { trainTrain, testTrain, fTrain, fTest, yTrain }: Stepped,
  rate: number,
  steps: number,
  momentum: number,
): Tensor {
  const kTrain = asMatrix(trainTrain)
  const vector = (f: Tensor): Tensor => (trainTrain.rank === 4 ? reshape(f, [f.size, 1]) : f)
  const y = vector(yTrain)
  const eta = rate / yTrain.size
  let f = vector(fTrain)
  // The parameters move by −η Jᵀ times this, the sum of all velocities of the residual.
  let velocity = mul(y, 0)
  let moved = velocity
  for (let step = 0; step < steps; step++) {
    velocity = momentum === 0 ? sub(y, f) : add(mul(velocity, momentum), sub(y, f))
    moved = add(moved, velocity)
    f = add(f, mul(matmul(kTrain, velocity), eta))
  }
  const change = mul(matmul(asMatrix(testTrain), moved), eta)
  return add(fTest, reshape(change, fTest.shape))
}

/** [m, n, k, k] to the matrix [m k, n k] that it is on outputs, sample by sample. */
function asMatrix(kernel: Tensor): Tensor {
  if (kernel.rank === 2) return kernel
  const [m = 0, n = 0, k = 1] = kernel.shape
  return reshape(transpose(kernel, [0, 2, 1, 3]), [m * k, n * k])
}
