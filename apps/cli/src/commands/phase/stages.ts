import { criticalLine, pairsByDepth } from '@ntk/dynamics'
import { NtkError, type Tensor, tensorFromData } from '@ntk/tensor'
import { type Stage, type StageContext, stage } from '../../experiment/stage.js'
import { criticalOr, fieldOr, type Setup } from './setup.js'

/** Mean fields over weights and biases: arrays [biases, weights], NaN where variances grow without bound. */
export interface MapOutput {
  readonly values: {
    /** The critical line: variances of weights and of biases. */
    readonly line: readonly (readonly [number, number])[]
  }
  readonly arrays: {
    readonly q_star: Tensor
    readonly c_star: Tensor
    readonly chi_1: Tensor
    readonly chi_c: Tensor
  }
}

/** The NTK of a pair of inputs at all depths: arrays [weights, depth + 1]. */
export interface DepthOutput {
  readonly values: object
  readonly arrays: {
    readonly ntk: Tensor
    readonly ntk_pair: Tensor
  }
}

export type PhaseStages = {
  readonly map: Stage<MapOutput>
  readonly depths: Stage<DepthOutput>
}

export function phaseStages(setup: Setup): PhaseStages {
  return { map: mapStage(setup), depths: depthStage(setup) }
}

/** A turn of the event loop, so that an interruption is heard. */
async function turn({ signal }: StageContext): Promise<void> {
  await new Promise((go) => setImmediate(go))
  signal.throwIfAborted()
}

function mapStage(setup: Setup): Stage<MapOutput> {
  const { wVars, bVars } = setup
  const title = 'mean field over weights and biases'
  return stage({
    name: 'map',
    title,
    async run(_, context) {
      const size = wVars.length * bVars.length
      const arrays = [0, 1, 2, 3].map(() => new Float64Array(size).fill(Number.NaN))
      const task = context.progress.task(title, size)
      try {
        for (const [row, bVar] of bVars.entries()) {
          for (const [col, wVar] of wVars.entries()) {
            const at = row * wVars.length + col
            const field = fieldOr(setup, wVar, bVar)
            if (field !== null) {
              const { qStar, cStar, chi1, chiC } = field
              ;[qStar, cStar, chi1, chiC].forEach((v, i) => {
                ;(arrays[i] as Float64Array)[at] = v
              })
            }
            task.update(at + 1)
            await turn(context)
          }
        }
        task.done(`${size} points`)
      } catch (error) {
        task.stop()
        throw error
      }
      const [q_star, c_star, chi_1, chi_c] = arrays.map((data) =>
        tensorFromData(data, [bVars.length, wVars.length]),
      )
      return {
        values: { line: lineOf(setup) },
        arrays: { q_star, c_star, chi_1, chi_c } as MapOutput['arrays'],
      }
    },
  })
}

/** Points for the figure: twelve variances q* a decade; behind layer norm one for each variance of the biases. */
function lineOf({ layer, variant, bVars }: Setup): [number, number][] {
  if (variant.layerNorm) {
    return bVars.flatMap((bVar) => {
      const point = criticalOr(layer, variant, Math.sqrt(bVar))
      return point === null ? [] : [[point.wStd ** 2, bVar] as [number, number]]
    })
  }
  // Where all of what comes in is added variances grow, and there is no line.
  if (variant.residual === 1) return []
  const q = Array.from({ length: 109 }, (_, i) => 10 ** (i / 12 - 6))
  return criticalLine(layer, { ...variant, q })
    .filter(({ bStd }) => bStd >= 0)
    .map(({ wStd, bStd }) => [wStd ** 2, bStd ** 2])
}

function depthStage({ layer, variant, wVars, config }: Setup): Stage<DepthOutput> {
  const title = 'NTK over weights and depth'
  const { depth, bStd } = config
  return stage({
    name: 'depths',
    title,
    async run(_, context) {
      const columns = depth + 1
      const [ntk, pair] = [0, 1].map(() => new Float64Array(wVars.length * columns).fill(Number.NaN)) as [
        Float64Array,
        Float64Array,
      ]
      const task = context.progress.task(title, wVars.length)
      try {
        for (const [row, wVar] of wVars.entries()) {
          const one = following(() =>
            pairsByDepth(layer, { ...variant, wStd: Math.sqrt(wVar), bStd, depth, c0: 0 }),
          )
          if (one !== null) {
            ntk.set(one.ntk.dataSync() as Float64Array, row * columns)
            pair.set(one.ntkPair.dataSync() as Float64Array, row * columns)
          }
          task.update(row + 1)
          await turn(context)
        }
        task.done(`${depth} layers`)
      } catch (error) {
        task.stop()
        throw error
      }
      const shape = [wVars.length, columns]
      return {
        values: {},
        arrays: { ntk: tensorFromData(ntk, shape), ntk_pair: tensorFromData(pair, shape) },
      }
    },
  })
}

/** Null where the NTK leaves the range of numbers. */
function following<T>(make: () => T): T | null {
  try {
    return make()
  } catch (error) {
    if (NtkError.isInstance(error) && error.code === 'not-finite') return null
    throw error
  }
}
