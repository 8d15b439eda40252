/**
 * What float32 costs the kernels of a ReLU network (wStd^2 = 2, bStd^2 = 0.01): 200 unit vectors in ten clusters, the
 * same ops in float32 and in float64. Run: npx tsx --conditions=@ntk/source decisions/measure/float32.ts
 */
import {
  acos,
  add,
  cast,
  choleskySolve,
  clip,
  diagonal,
  div,
  eigh,
  foldIn,
  key,
  matmul,
  mul,
  NtkError,
  normal,
  reshape,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
} from '@ntk/tensor'

const n = 200
const features = 50

function inputs(spread: number): Tensor {
  const centres = normal(foldIn(key(0), 0), [10, 1, features])
  const noise = normal(foldIn(key(0), 1), [10, n / 10, features])
  const x = reshape(add(centres, mul(noise, spread)), [n, features])
  return div(x, sqrt(sum(square(x), { axis: 1, keepDims: true })))
}

/** Cho and Saul (2009), equations 1 and 4, a layer at a time; the NTK recursion of Jacot et al. (2018), theorem 1. */
function kernels(x: Tensor, depth: number): { nngp: Tensor; ntk: Tensor } {
  const [w, b] = [2, 0.01]
  let nngp = add(mul(matmul(x, transpose(x)), w), b)
  let ntk = nngp
  for (let layer = 0; layer < depth; layer++) {
    const q = diagonal(nngp)
    const norms = sqrt(mul(reshape(q, [n, 1]), reshape(q, [1, n])))
    const cosine = clip(div(nngp, norms), -1, 1)
    const sine = sqrt(sub(1, square(cosine)))
    const rest = sub(Math.PI, acos(cosine))
    nngp = add(mul(mul(norms, add(sine, mul(rest, cosine))), w / (2 * Math.PI)), b)
    ntk = add(nngp, mul(mul(ntk, rest), w / (2 * Math.PI)))
  }
  return { nngp, ntk }
}

const largest = (t: Tensor): number => Math.max(...[...t.dataSync()].map(Math.abs))
const show = (x: number): string => x.toExponential(1)

/** Weights of kernel regression; null where the kernel, as computed, is not positive definite. */
function weights(kernel: Tensor, y: Tensor): Tensor | null {
  try {
    return choleskySolve(kernel, y)
  } catch (error) {
    if (NtkError.isInstance(error) && error.code === 'not-positive-definite') return null
    throw error
  }
}

const y = normal(foldIn(key(0), 2), [n, 1])
const rows: Record<string, string | number>[] = []
for (const spread of [0.1, 0.02, 0.002]) {
  const x = inputs(spread)
  for (const depth of [3, 30]) {
    const exact = kernels(x, depth)
    const single = kernels(cast(x, 'float32'), depth)
    for (const name of ['nngp', 'ntk'] as const) {
      const kernel = exact[name]
      const rounded = cast(single[name], 'float64')
      const values = [...eigh(kernel).values.dataSync()]
      const missed = (k: Tensor): string => {
        const fitted = weights(k, y)
        return fitted === null ? 'no fit' : show(largest(sub(matmul(kernel, fitted), y)) / largest(y))
      }
      rows.push({
        spread,
        depth,
        kernel: name,
        condition: show((values.at(-1) ?? 0) / (values[0] ?? 0)),
        'error of entries': show(largest(sub(rounded, kernel)) / largest(kernel)),
        'least eigenvalue': show(values[0] ?? 0),
        'in float32': show(eigh(rounded).values.dataSync()[0] ?? 0),
        'fit missed by, float64': missed(kernel),
        float32: missed(rounded),
      })
    }
  }
}
console.table(rows)
