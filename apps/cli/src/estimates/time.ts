import { type KernelNet, kernelFn, type NetDescription } from '@ntk/kernels-analytic'
import { eigh, key, matmul, normal, type Tensor, transpose } from '@ntk/tensor'

/** A small job of the same kind, to be timed. */
export interface Trial {
  readonly net: KernelNet
  readonly get: 'ntk' | 'nngp'
  /** The layer behind which it is taken; absent: the end. */
  readonly at?: string | undefined
  /** Some samples, and as many of the other side; null for the same. */
  readonly samples: (n: number) => { readonly x1: Tensor; readonly x2: Tensor | null }
  readonly describe: (n1: number, n2: number | null) => NetDescription
}

/** Pairs of samples in tiles on the diagonal of a kernel of samples with themselves, and in all others. */
export interface Areas {
  readonly diagonal: number
  readonly other: number
}

/** The areas of a job: the two kinds of tile do not cost the same. */
export function areasOf({ tile, computedPairs }: NetDescription, n1: number, n2: number | null): Areas {
  if (n2 !== null) return { diagonal: 0, other: computedPairs }
  const whole = Math.floor(n1 / tile.rows)
  const diagonal = whole * tile.rows ** 2 + (n1 - whole * tile.rows) ** 2
  return { diagonal, other: computedPairs - diagonal }
}

/** Seconds that are enough to tell what a pair costs, and beyond which no larger trial is made. */
const [enough, tooLong] = [0.8, 3]

/**
 * Seconds that the kernel of `n1` samples (with `n2` others, or null for themselves) will take. Kernels of the same network with one,
 * two and more rows of tiles are timed, until one takes long enough: the first tells what a pair in a tile on the diagonal costs, the
 * last what any other does.
 */
export async function timeOf(
  trial: Trial,
  n1: number,
  n2: number | null,
  signal: AbortSignal,
): Promise<number> {
  const { way, tile } = trial.describe(n1, n2)
  const most = n2 === null ? n1 : Math.min(n1, n2)
  const whole = areasOf(trial.describe(n1, n2), n1, n2)
  const run = async (rows: number): Promise<{ n: number; areas: Areas; seconds: number }> => {
    const n = Math.min(most, rows * tile.rows)
    const areas = areasOf(trial.describe(n, n2 === null ? null : n), n, n2)
    return { n, areas, seconds: await timed(trial, n, tile.rows, signal) }
  }
  const cold = await run(1)
  // What takes a second need not be warmed up.
  const first = cold.seconds > 1 ? cold : await run(1)
  if (n2 !== null) return (first.seconds / first.areas.other) * whole.other
  const perDiagonal = first.seconds / first.areas.diagonal
  let last = first
  for (let rows = 2; last.n < most && last.seconds < (rows === 2 ? tooLong : enough); rows++)
    last = await run(rows)
  if (last.n === most) return last.seconds
  // Of a tile on the diagonal runs in one piece compute half; layer by layer one set of samples with itself stands beside it, not two.
  const guess = perDiagonal * (way === 'layers' ? 1.25 : 2)
  const perOther =
    last === first ? guess : (last.seconds - perDiagonal * last.areas.diagonal) / last.areas.other
  return perDiagonal * whole.diagonal + Math.max(perOther, 0.3 * guess) * whole.other
}

async function timed(
  { net, get, at, samples }: Trial,
  n: number,
  tile: number,
  signal: AbortSignal,
): Promise<number> {
  const { x1, x2 } = samples(n)
  const start = performance.now()
  await kernelFn(net)(x1, x2, { get, at, tile, signal })
  return (performance.now() - start) / 1000
}

/** Seconds of the eigenvalues of n rows, from those of a smaller matrix: they grow as the cube. */
export function timeOfSpectrum(n: number): number {
  const rows = Math.min(n, 400)
  const x = normal(key(3), [rows, rows])
  const gram = matmul(x, transpose(x))
  eigh(gram)
  const start = performance.now()
  eigh(gram).values.dataSync()
  return ((performance.now() - start) / 1000) * (n / rows) ** 3
}
