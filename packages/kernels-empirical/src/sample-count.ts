import { concatenate, scope, slice, type Tensor, type TypedArray } from '@ntk/tensor'

/** Differences of one row's outputs beyond this share of them are no rounding. */
const rounding = { float64: 1e-8, float32: 1e-3 } as const

/** Rows that are looked at together. A function may go another way for more of them than a few: `x.shape[0] > 2 ? ... : ...`. */
const together = 16

/**
 * Whether what a function gives for a row of x depends on the rows beside it, on how many there are (a function that divides by
 * `x.shape[0]` does), or on where it stands: by its values for the first and the last of some rows, alone and among them. A recorded
 * program cannot say, for the number of rows stands in it as any other.
 */
export async function rowsMatter(f: (x: Tensor) => Tensor, x1: Tensor, x2: Tensor | null): Promise<boolean> {
  return (await rowsMatterIn(f, x1)) || (x2 !== null && (await rowsMatterIn(f, x2)))
}

function rowsMatterIn(f: (x: Tensor) => Tensor, x: Tensor): Promise<boolean> {
  return scope(async (s) => {
    const first = slice(x, [0, 1])
    const n = x.shape[0] as number
    const rows = n > 1 ? slice(x, [0, Math.min(n, together)]) : concatenate([first, first])
    const count = rows.shape[0] as number
    const among = f(rows)
    if (among.shape[0] !== count) return true
    for (const at of [0, count - 1]) {
      const alone = f(slice(rows, [at, at + 1]))
      if (alone.shape[0] !== 1) return true
      const a = await s.wait(alone.data())
      const b = await s.wait(slice(among, [at, at + 1]).data())
      // NaN and infinity are named where kernels are made of them.
      if (![...a, ...b].every(Number.isFinite)) return false
      if (differ(a, b, rounding[alone.dtype === 'float32' ? 'float32' : 'float64'])) return true
    }
    return false
  })
}

function differ(a: TypedArray, b: TypedArray, share: number): boolean {
  let [difference, most] = [0, 0]
  for (let i = 0; i < a.length; i++) {
    const [u, v] = [a[i] as number, b[i] as number]
    difference = Math.max(difference, Math.abs(u - v))
    most = Math.max(most, Math.abs(u), Math.abs(v))
  }
  return difference > most * share
}
