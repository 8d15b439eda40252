import {
  type FloatDType,
  NtkError,
  type OpenScope,
  openScope,
  slice,
  type Tensor,
  type TypedArray,
  throwIfAborted,
  turnEvery,
} from '@ntk/tensor'
import {
  type Block,
  type ComputeTile,
  type Floats,
  isShortOfMemory,
  type Job,
  lengthOf,
  planTiles,
  type ResultArray,
  type Tile,
  type TiledResult,
  type TileNumbers,
  type WalkCallOptions,
  walkTiles,
} from '@ntk/tiles'
import type { Engine, Pause } from './engine.js'
import { arrangeBlock, pairAxes } from './layout/arrange.js'
import type { OutputLayout } from './layout/axes.js'

/** Kernels that one engine makes of the same two sides. */
export interface EngineTask<N extends string> {
  /** What it is, for messages. */
  readonly what: string
  /** A name for each part of the kernel. */
  readonly names: readonly N[]
  readonly engine: Engine<unknown>
  readonly x1: Tensor
  /** Null: x1 again. */
  readonly x2: Tensor | null
  readonly layout: OutputLayout
  readonly dtype: FloatDType
  /** How many sides may be kept at once, at least 2. */
  readonly keep: number
  /** Whether its samples do not depend on each other, so that a tile may be computed in parts. */
  readonly splits: boolean
}

/** A call: samples on both sides, and how to walk over them. */
export interface Walk {
  readonly x1: Tensor
  readonly x2: Tensor | null
  readonly tile: number | undefined
  readonly call: WalkCallOptions
}

export interface EngineWalk<N extends string> extends WalkCallOptions {
  /** What all tasks together are, for messages. */
  readonly what: string
  readonly tasks: readonly EngineTask<N>[]
  /** Rows of a tile a side at most. */
  readonly size: number
  readonly job: () => Promise<Job> | Job
}

/** Kernels of all pairs of samples, tile by tile; one triangle where x2 is null. */
export async function walkEngines<N extends string>({
  what,
  tasks,
  size,
  job,
  ...call
}: EngineWalk<N>): Promise<TiledResult<N>> {
  const [{ x1, x2 }] = tasks as readonly [EngineTask<N>, ...EngineTask<N>[]]
  const [n1, n2] = [x1.shape[0] as number, (x2 ?? x1).shape[0] as number]
  const computes = tasks.map((task) => computeBy(task, call.signal))
  try {
    return await walkTiles<N>({
      ...call,
      what,
      plan: planTiles({
        n1,
        n2,
        symmetric: x2 === null,
        tile: { rows: evenSize(n1, size), cols: evenSize(n2, size) },
      }),
      arrays: tasks.flatMap(arraysOf),
      compute: async (tile, context) => {
        const all: TileNumbers<N>[] = []
        for (const { compute } of computes)
          all.push(await context.wait(Promise.resolve(compute(tile, context))))
        return Object.assign({}, ...all) as TileNumbers<N>
      },
      splits: tasks.every(({ splits }) => splits),
      job,
    })
  } finally {
    for (const { close } of computes) close()
  }
}

/** Rows of tiles of at most `size` rows that are as equal as can be. */
function evenSize(n: number, size: number): number {
  return Math.ceil(n / Math.ceil(n / size))
}

function arraysOf<N extends string>({ names, layout, dtype }: EngineTask<N>): ResultArray<N>[] {
  return names.map((name) => ({ name, over: 'pairs', dtype, ...pairAxes(layout) }))
}

interface Computation<N extends string> {
  readonly compute: ComputeTile<N>
  /** Lets go of what it kept from tile to tile. */
  close(): void
}

function computeBy<N extends string>(task: EngineTask<N>, signal: AbortSignal | undefined): Computation<N> {
  const { what, engine, x1, x2, layout, keep, names } = task
  const left = new Sides(x1, engine, x2 === null ? keep : 1)
  const right = x2 === null ? left : new Sides(x2, engine, keep - 1)
  const breathe = turnEvery()
  const blocksOf = async ({ rows, cols }: Tile, pause: Pause): Promise<readonly Tensor[]> => {
    try {
      return await pause(engine.block(left.at(rows), right.at(cols), pause))
    } catch (error) {
      // What was kept for later tiles makes room for smaller ones, of which no more is kept than they need.
      if (isShortOfMemory(error)) {
        left.keepAtMost(x2 === null ? 2 : 1)
        right.keepAtMost(x2 === null ? 2 : 1)
        close()
      }
      throw error
    }
  }
  const compute: ComputeTile<N> = async (tile, { wait }) => {
    const { rows, cols } = tile
    const pause: Pause = (value) =>
      wait(
        Promise.resolve(value).then(async (given) => {
          await breathe()
          throwIfAborted(signal, what)
          return given
        }),
      )
    const blocks = await pause(blocksOf(tile, pause))
    const numbers: { [K in N]?: Floats } = {}
    for (const [part, name] of names.entries()) {
      const data = await wait((blocks[part] as Tensor).data())
      checkFinite(task, data, tile)
      numbers[name] = arrangeBlock(layout, data, [lengthOf(rows), lengthOf(cols)], 1 / layout.trace)
    }
    return numbers
  }
  const close = (): void => {
    left.close()
    right.close()
  }
  return { compute, close }
}

/** What is known of blocks of rows of one side, the last few kept, beyond the tile that needs them. */
class Sides {
  readonly #known = new Map<string, { readonly side: unknown; readonly memory: OpenScope }>()

  constructor(
    readonly x: Tensor,
    readonly engine: Engine<unknown>,
    public keep: number,
  ) {}

  at({ start, stop }: Block): unknown {
    const block = `${start}:${stop}`
    const known = this.#known.get(block) ?? this.#prepare(start, stop)
    this.#known.delete(block)
    this.#known.set(block, known)
    this.#shrink(this.keep)
    return known.side
  }

  keepAtMost(count: number): void {
    this.keep = Math.min(this.keep, count)
  }

  /** Lets go of all of them. */
  close(): void {
    this.#shrink(0)
  }

  #prepare(start: number, stop: number): { readonly side: unknown; readonly memory: OpenScope } {
    const memory = openScope()
    try {
      return { side: memory.within(() => this.engine.prepare(slice(this.x, [start, stop]))), memory }
    } catch (error) {
      memory.close()
      throw error
    }
  }

  #shrink(count: number): void {
    for (const [block, { memory }] of this.#known) {
      if (this.#known.size <= count) return
      this.#known.delete(block)
      memory.close()
    }
  }
}

function checkFinite({ what, x2 }: EngineTask<string>, data: TypedArray, { rows, cols }: Tile): void {
  // A sum is finite unless a term is not (or all overflow), and costs one pass.
  let total = 0
  for (let i = 0; i < data.length; i++) total += data[i] as number
  if (Number.isFinite(total) || data.every(Number.isFinite)) return
  // Of one set with itself tiles lie below the diagonal.
  const [first, second] = x2 === null ? [cols, rows] : [rows, cols]
  throw new NtkError('not-finite', {
    what: `${what} needs finite outputs and derivatives.`,
    got: `NaN or infinity between samples ${show(first)} and ${show(second)}`,
    fix: 'Look for NaN in the samples and in the parameters, and for functions without a derivative where they are evaluated.',
  })
}

function show({ start, stop }: Block): string {
  return `${start} to ${stop - 1}`
}
