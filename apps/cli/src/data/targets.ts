import { type Tensor, tensorFromData } from '@ntk/tensor'

/** How numbers are brought to mean 0 and variance 1, by those of the training set. */
export interface TargetScale {
  readonly mean: number
  /** 1 where all are the same. */
  readonly deviation: number
}

export function targetScale(targets: Tensor): TargetScale {
  const y = Float64Array.from(targets.dataSync())
  const mean = y.reduce((sum, v) => sum + v, 0) / y.length
  const variance = y.reduce((sum, v) => sum + (v - mean) ** 2, 0) / y.length
  return { mean, deviation: variance > 0 ? Math.sqrt(variance) : 1 }
}

export function scaleTargets(targets: Tensor, { mean, deviation }: TargetScale): Tensor {
  return tensorFromData(
    Float64Array.from(targets.dataSync(), (v) => (v - mean) / deviation),
    targets.shape,
  )
}
