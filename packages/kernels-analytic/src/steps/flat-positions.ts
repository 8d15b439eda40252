import { reshape, type Shape, sizeOf, transpose, type Value } from '@ntk/tensor'
import type { Kernel } from '../kernel.js'

/** The arrays of a kernel with all positions in one axis: `nngp`, `ntk` [n1, n2, p, p'], diagonal terms [n, p, p'] or [n, n, p, p']. */
export type FlatArrays = Pick<Kernel, 'nngp' | 'ntk' | 'cov1' | 'cov2'>

/** [samples..., h, h', w, w'] to [samples..., h·w, h'·w']. */
function flat(x: Value, samples: number): Value {
  const pairs = (x.shape.length - samples) / 2
  const lead = Array.from({ length: samples }, (_, i) => i)
  const first = Array.from({ length: pairs }, (_, i) => samples + 2 * i)
  const size = sizeOf(first.map((axis) => x.shape[axis] as number))
  const size2 = sizeOf(first.map((axis) => x.shape[axis + 1] as number))
  const ordered = pairs < 2 ? x : transpose(x, [...lead, ...first, ...first.map((axis) => axis + 1)])
  return reshape(ordered, [...x.shape.slice(0, samples), size, size2])
}

/** The way back, to positions of `sizes` on both sides. */
function unflat(x: Value, samples: number, sizes: Shape): Value {
  const lead = x.shape.slice(0, samples)
  const wide = reshape(x, [...lead, ...sizes, ...sizes])
  if (sizes.length < 2) return wide
  const pairs = sizes.flatMap((_, i) => [samples + i, samples + sizes.length + i])
  return transpose(wide, [...lead.map((_, i) => i), ...pairs])
}

/** A kernel with covariances of all pairs of positions, with the positions of each side in one axis. */
export function flatPositions(kernel: Kernel): FlatArrays {
  const own = kernel.diagonalBatch ? 1 : 2
  return {
    nngp: flat(kernel.nngp, 2),
    ntk: kernel.ntk === null ? null : flat(kernel.ntk, 2),
    cov1: flat(kernel.cov1, own),
    cov2: kernel.cov2 === null ? null : flat(kernel.cov2, own),
  }
}

/** The arrays that a kernel holds, of flat ones at positions of `sizes`. */
export function withFlatPositions(kernel: Kernel, arrays: FlatArrays, sizes: Shape): Kernel {
  const own = kernel.diagonalBatch ? 1 : 2
  return {
    ...kernel,
    nngp: unflat(arrays.nngp, 2, sizes),
    ntk: arrays.ntk === null ? null : unflat(arrays.ntk, 2, sizes),
    cov1: unflat(arrays.cov1, own, sizes),
    cov2: arrays.cov2 === null ? null : unflat(arrays.cov2, own, sizes),
  }
}

/** Applies `f` to every array. */
export function mapFlat({ nngp, ntk, cov1, cov2 }: FlatArrays, f: (x: Value) => Value): FlatArrays {
  return {
    nngp: f(nngp),
    ntk: ntk === null ? null : f(ntk),
    cov1: f(cov1),
    cov2: cov2 === null ? null : f(cov2),
  }
}
