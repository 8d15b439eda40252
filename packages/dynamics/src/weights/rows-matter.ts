import { NtkError, slice, type Tensor } from '@ntk/tensor'

/** Differences of outputs beyond this share of the largest are no rounding. */
const rounding = { float64: 1e-8, float32: 1e-3 } as const

/**
 * Whether outputs of rows depend on the rows beside them, as they do behind batch normalization: by the outputs of the first rows of x without and
 * with the next one, and of the last of all rows alone and among others.
 */
export function rowsMatter(f: (x: Tensor) => Tensor, x: Tensor, chunk: number): boolean {
  const n = x.shape[0] as number
  const first = f(slice(x, [0, chunk]))
  const more = slice(f(slice(x, [0, chunk + 1])), [0, chunk])
  const last = f(slice(x, [n - 1, n]))
  const among = f(slice(x, [Math.max(0, n - 1 - chunk), n]))
  return (
    differ(first, more) ||
    differ(last, slice(among, [(among.shape[0] as number) - 1, among.shape[0] as number]))
  )
}

function differ(a: Tensor, b: Tensor): boolean {
  const [u, v] = [a.dataSync(), b.dataSync()]
  let [difference, most] = [0, 0]
  for (let i = 0; i < u.length; i++) {
    const [p, q] = [u[i] as number, v[i] as number]
    difference = Math.max(difference, Math.abs(p - q))
    most = Math.max(most, Math.abs(p), Math.abs(q))
  }
  return difference > most * rounding[a.dtype === 'float32' ? 'float32' : 'float64']
}

export function mixedRows(chunk: number): NtkError {
  return new NtkError('unsupported', {
    what: 'linearizedWeights in chunks needs a network whose outputs for a row of x do not depend on the rows beside it.',
    got: `a network whose outputs for ${chunk} rows change with the rows after them`,
    fix: 'Leave chunk out: all rows are derived at once then.',
  })
}
