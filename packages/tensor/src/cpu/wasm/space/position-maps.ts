import type { AttentionInSpace, PoolInSpace } from '../../../composites/contracts.js'
import type { Shape } from '../../../shape.js'
import type { FloatArray, MatrixView } from '../types.js'
import type { Blocks } from './blocks.js'

/** C = A op(B), A [m, k] and op(B) [k, n]. */
export type Product = (m: number, n: number, k: number, a: MatrixView, b: MatrixView, c: MatrixView) => void

/** Linear maps of positions, one a sample of x1 and one a sample of x2: what they make of a block is M₁ K M₂ᵀ. */
export interface PositionMaps {
  /** How many positions come out. */
  readonly positions: number
  /** So many columns of `to` [positions, ..] ← M₁ of sample i times as many of x. */
  left(i: number, x: MatrixView, columns: number, to: MatrixView): void
  /** A block of `to` ← a block of x [positions, ..] times M₂ᵀ of sample j. */
  right(x: MatrixView, j: number, to: MatrixView): void
  /** The equal positions of the same, `step` numbers apart from place `at` on. */
  equal(x: MatrixView, j: number, to: Float64Array, at: number, step: number): void
}

/** Rows of scores [rows, n], n numbers each, as weights. */
const mechanisms: Readonly<Record<AttentionInSpace['mechanism'], (x: Float64Array, n: number) => void>> = {
  SOFTMAX: (x, n) => {
    for (let row = 0; row < x.length; row += n) {
      let most = Number.NEGATIVE_INFINITY
      for (let k = row; k < row + n; k++) most = Math.max(most, x[k] as number)
      let total = 0
      for (let k = row; k < row + n; k++) {
        const e = Math.exp((x[k] as number) - most)
        x[k] = e
        total += e
      }
      for (let k = row; k < row + n; k++) x[k] = (x[k] as number) / total
    }
  },
  IDENTITY: () => undefined,
  ABS: (x) => {
    for (let k = 0; k < x.length; k++) x[k] = Math.abs(x[k] as number)
  },
  RELU: (x) => {
    for (let k = 0; k < x.length; k++) x[k] = Math.max(0, x[k] as number)
  },
}

/** G [positions, positions] of every sample, from its covariance with itself. */
export function attentionWeights(
  { nngp, panels: { positions } }: Blocks,
  { mechanism, gain, embedding }: AttentionInSpace,
): Float64Array {
  const g = new Float64Array(nngp.length)
  const { share, correlations } = embedding ?? { share: 1, correlations: null }
  const one = positions ** 2
  for (let at = 0; at < g.length; at += one) {
    for (let k = 0; k < one; k++) {
      const own = nngp[at + k] as number
      g[at + k] = gain * (correlations === null ? own : share * own + (correlations[k] as number))
    }
  }
  mechanisms[mechanism](g, positions)
  return g
}

/** Weights of the samples of both sides as maps. */
export function attentionMaps(
  g1: Float64Array,
  g2: Float64Array,
  positions: number,
  multiply: Product,
): PositionMaps {
  const of = (g: Float64Array, i: number): MatrixView => ({
    data: g,
    offset: i * positions ** 2,
    ld: positions,
  })
  return {
    positions,
    left: (i, x, columns, to) => multiply(positions, columns, positions, of(g1, i), x, to),
    right: (x, j, to) => multiply(positions, positions, positions, x, { ...of(g2, j), transposed: true }, to),
    equal: ({ data, offset, ld }, j, to, at, step) => {
      let weight = j * positions ** 2
      for (let p = 0; p < positions; p++) {
        const row = offset + p * ld
        let [even, odd] = [0, 0]
        let q = 0
        for (; q + 1 < positions; q += 2) {
          even += (data[row + q] as number) * (g2[weight + q] as number)
          odd += (data[row + q + 1] as number) * (g2[weight + q + 1] as number)
        }
        if (q < positions) even += (data[row + q] as number) * (g2[weight + q] as number)
        to[at + p * step] = even + odd
        weight += positions
      }
    },
  }
}

/** Which positions a pool sees: those of place o that comes out stand from starts[o] to starts[o + 1]; and what their sum is multiplied by. */
interface Seen {
  readonly starts: Int32Array
  readonly sources: Int32Array
  readonly factors: Float64Array
}

function seenBy({ axes, factors }: PoolInSpace, space: Shape): Seen {
  let all: { readonly sources: readonly number[]; readonly factor: number }[] = [{ sources: [0], factor: 1 }]
  axes.forEach((window, axis) => {
    const size = space[axis] as number
    all = all.flatMap(({ sources, factor }) =>
      (factors[axis] as readonly number[]).map((own, o) => {
        const places = window.map((tap) => tap[o] as number).filter((at) => at >= 0)
        return {
          sources: sources.flatMap((at) => places.map((place) => at * size + place)),
          factor: factor * own,
        }
      }),
    )
  })
  const starts = new Int32Array(all.length + 1)
  all.forEach(({ sources }, o) => {
    starts[o + 1] = (starts[o] as number) + sources.length
  })
  return {
    starts,
    sources: Int32Array.from(all.flatMap(({ sources }) => sources)),
    factors: Float64Array.from(all, ({ factor }) => factor),
  }
}

/** A pool, the same of all samples. */
export function poolMaps(step: PoolInSpace, space: Shape): PositionMaps {
  const { starts, sources, factors } = seenBy(step, space)
  const positions = factors.length
  const sumAt = (x: FloatArray, from: number, o: number): number => {
    let total = 0
    const end = starts[o + 1] as number
    for (let k = starts[o] as number; k < end; k++) total += x[from + (sources[k] as number)] as number
    return total * (factors[o] as number)
  }
  return {
    positions,
    left: (_, { data: x, offset, ld }, columns, { data: y, ...to }) => {
      for (let o = 0; o < positions; o++) {
        const factor = factors[o] as number
        const row = to.offset + o * to.ld
        y.fill(0, row, row + columns)
        const end = starts[o + 1] as number
        for (let k = starts[o] as number; k < end; k++) {
          const from = offset + (sources[k] as number) * ld
          for (let c = 0; c < columns; c++)
            y[row + c] = (y[row + c] as number) + factor * (x[from + c] as number)
        }
      }
    },
    right: ({ data, offset, ld }, _, to) => {
      for (let p = 0; p < positions; p++) {
        const [from, row] = [offset + p * ld, to.offset + p * to.ld]
        for (let o = 0; o < positions; o++) to.data[row + o] = sumAt(data, from, o)
      }
    },
    equal: ({ data, offset, ld }, _, to, at, apart) => {
      for (let p = 0; p < positions; p++) to[at + p * apart] = sumAt(data, offset + p * ld, p)
    },
  }
}
