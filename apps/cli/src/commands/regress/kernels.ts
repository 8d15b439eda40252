import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { hyperparameters, type KernelNet, kernelFn, type OneNet } from '@ntk/kernels-analytic'
import type { KernelCall, KernelFunction } from '@ntk/regression'
import { sameShape, slice, type Tensor } from '@ntk/tensor'
import { directory } from '@ntk/tiles/node'

/** Samples that are fitted, and others. */
export interface RunSamples {
  readonly x_train: Tensor
  readonly x_test: Tensor
}

/** The two matrices of a run, k(train, train) and k(test, train): each is made once, whichever stage needs it. */
export interface RunKernels {
  /** The kernel of a network, whose answers for these samples are taken from the matrices. */
  of(net: KernelNet, samples: RunSamples, cwd: string): KernelFunction
  /** Lets go of the matrices. */
  forget(): void
}

/** With a folder, the matrices are made there, in tiles that survive whatever ends the run. */
export function runKernels(folder: string | undefined): RunKernels {
  let kept: { readonly key: string; readonly matrices: Map<string, Promise<Tensor>> } | null = null

  return {
    of(net, { x_train, x_test }, cwd) {
      const f = kernelFn(net as OneNet)
      const numbers = JSON.stringify(hyperparameters(net))
      const matrix = (name: 'train' | 'test', call: KernelCall): Promise<Tensor> => {
        const key = `${call.get} ${numbers}`
        if (kept?.key !== key) kept = { key, matrices: new Map() }
        const { matrices } = kept
        const [x1, x2] = name === 'train' ? [x_train, null] : [x_test, x_train]
        const make = async (): Promise<Tensor> => {
          if (folder === undefined) return f(x1, x2, call)
          mkdirSync(resolve(cwd, folder), { recursive: true })
          const tiles = await f(x1, x2, { ...call, sink: directory(resolve(cwd, folder, name)) })
          return tiles.toTensor(call.get)
        }
        const found = matrices.get(name) ?? make()
        matrices.set(name, found)
        // One that was broken off is made again.
        found.catch(() => matrices.delete(name))
        return found
      }
      return async (x1, x2, call) => {
        if (x2 === null && isSame(x1, x_train)) return matrix('train', call)
        const start = x2 !== null && isSame(x2, x_train) ? placeOf(x1, x_test) : -1
        if (start < 0) return f(x1, x2, call)
        const whole = await matrix('test', call)
        const rows = x1.shape[0] as number
        return rows === x_test.shape[0] ? whole : slice(whole, [start, start + rows])
      }
    },
    forget() {
      kept = null
    },
  }
}

const isSame = (a: Tensor, b: Tensor): boolean => sameShape(a.shape, b.shape) && placeOf(a, b) === 0

/** The row from which on samples stand among others, −1 where they do not. */
function placeOf(some: Tensor, all: Tensor): number {
  const [part, whole] = [some.dataSync(), all.dataSync()]
  if (part === whole) return 0
  const width = whole.length / (all.shape[0] as number)
  const equal = (start: number): boolean => {
    for (let i = 0; i < part.length; i++) if (part[i] !== whole[start + i]) return false
    return true
  }
  for (let row = 0; row * width + part.length <= whole.length; row++) if (equal(row * width)) return row
  return -1
}
