import { type FloatDType, NtkError, slice, type Tensor, type TypedArray } from '@ntk/tensor'
import type { Engine } from './engine.js'
import { checkAborted, turn } from './event-loop.js'
import { type Assembly, assemble } from './layout/assemble.js'
import type { OutputLayout } from './layout/axes.js'
import { blockPairs, type Span, spans } from './layout/blocks.js'
import type { CallOptions } from './options.js'

export interface BlockedOptions extends CallOptions {
  readonly what: string
  readonly layout: OutputLayout
  readonly dtype: FloatDType
  readonly parts: number
  /** Rows of a block a side. */
  readonly size: number
  /** How many sides may be kept at once, at least 2. */
  readonly keep: number
  readonly factor: number
}

/** Sides by block of rows, the last few kept. */
class Sides<S> {
  readonly #known = new Map<number, S>()

  constructor(
    readonly x: Tensor,
    readonly spans: readonly Span[],
    readonly prepare: (x: Tensor) => S,
    readonly keep: number,
  ) {}

  at(i: number): S {
    let side = this.#known.get(i)
    if (side === undefined) {
      const { start, stop } = this.spans[i] as Span
      side = this.prepare(slice(this.x, [start, stop]))
    } else this.#known.delete(i)
    this.#known.set(i, side)
    for (const old of this.#known.keys()) {
      if (this.#known.size <= this.keep) break
      this.#known.delete(old)
    }
    return side
  }
}

function checkFinite(what: string, data: TypedArray, row: Span, column: Span): void {
  // A sum is finite unless a term is not (or all overflow), and costs one pass.
  let total = 0
  for (let i = 0; i < data.length; i++) total += data[i] as number
  if (Number.isFinite(total) || data.every(Number.isFinite)) return
  throw new NtkError('not-finite', {
    what: `${what} needs finite outputs and derivatives.`,
    got: `NaN or infinity between samples ${row.start} to ${row.stop - 1} and ${column.start} to ${column.stop - 1}`,
    fix: 'Look for NaN in the samples and in the parameters, and for functions without a derivative where they are evaluated.',
  })
}

/** Kernels of all pairs of rows, one a part, block by block; one triangle where `x2` is null. */
export async function blocked<S>(
  engine: Engine<S>,
  x1: Tensor,
  x2: Tensor | null,
  o: BlockedOptions,
): Promise<Tensor[]> {
  const [n1, n2] = [x1.shape[0] as number, (x2 ?? x1).shape[0] as number]
  const rows = spans(n1, o.size)
  const columns = x2 === null ? null : spans(n2, o.size)
  const left = new Sides(x1, rows, engine.prepare, columns === null ? o.keep : 1)
  const right = columns === null ? left : new Sides(x2 as Tensor, columns, engine.prepare, o.keep - 1)
  const matrices = Array.from(
    { length: o.parts },
    (): Assembly => assemble(o.layout, n1, n2, o.dtype, o.factor, x2 === null),
  )
  const pairs = blockPairs(rows, columns)
  for (const [done, [i, j]] of pairs.entries()) {
    await turn()
    checkAborted(o.signal, o.what)
    const blocks = engine.block(left.at(i), right.at(j))
    const row = rows[i] as Span
    const column = (columns ?? rows)[j] as Span
    for (const [part, block] of blocks.entries()) {
      const data = await block.data()
      checkFinite(o.what, data, row, column)
      matrices[part]?.put(data, row, column)
    }
    o.onProgress?.({ done: done + 1, total: pairs.length })
  }
  return matrices.map((m) => m.finish())
}
