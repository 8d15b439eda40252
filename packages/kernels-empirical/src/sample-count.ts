import { concatenate, scope, slice, type Tensor } from '@ntk/tensor'

/** Differences of one row's outputs beyond this share of them are no rounding. */
const rounding = { float64: 1e-8, float32: 1e-3 } as const

/**
 * Whether what a function gives for a row of x depends on the rows beside it, or on how many there are (a function that divides by
 * `x.shape[0]` does): by its values for a row alone and for two. A recorded program cannot say, for the number stands in it as any other.
 */
export function rowsMatter(f: (x: Tensor) => Tensor, x: Tensor): Promise<boolean> {
  return scope(async (s) => {
    const one = slice(x, [0, 1])
    const two = (x.shape[0] as number) > 1 ? slice(x, [0, 2]) : concatenate([one, one])
    const [alone, beside] = [f(one), f(two)]
    if (beside.shape[0] !== 2 || alone.shape[0] !== 1) return true
    const a = await s.wait(alone.data())
    const b = await s.wait(slice(beside, [0, 1]).data())
    let [difference, most] = [0, 0]
    for (let i = 0; i < a.length; i++) {
      const [u, v] = [a[i] as number, b[i] as number]
      // NaN and infinity are named where kernels are made of them.
      if (!Number.isFinite(u) || !Number.isFinite(v)) return false
      difference = Math.max(difference, Math.abs(u - v))
      most = Math.max(most, Math.abs(u), Math.abs(v))
    }
    return difference > most * rounding[alone.dtype === 'float32' ? 'float32' : 'float64']
  })
}
