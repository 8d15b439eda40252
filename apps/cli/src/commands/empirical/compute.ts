import {
  type CallOptions,
  empiricalNngpFn,
  empiricalNtkCostFn,
  empiricalNtkFn,
  empiricalNtkPartsFn,
  type Implementation,
} from '@ntk/kernels-empirical'
import type { Params } from '@ntk/stax'
import { add, type Tensor, toBackend } from '@ntk/tensor'
import { applyOf } from '../../networks/apply.js'
import { backendOf } from '../../networks/device.js'
import { layerName } from '../../networks/layer-name.js'
import type { Progress } from '../../progress/progress.js'
import type { Sides } from './inputs.js'
import type { Job } from './job.js'

export interface Computed {
  readonly kernel: Tensor
  /** The terms of the kernel by layer, where they were asked for. */
  readonly parts: Readonly<Record<string, Tensor>> | null
  /** How the ntk was computed; null for the nngp. */
  readonly implementation: Implementation | null
  /** Outputs that the kernel is the mean over; null where all pairs are kept. */
  readonly averaged: number | null
  readonly seconds: number
}

/** The kernel of a job at its parameters, computed on its device. @throws as empiricalNtkFn and empiricalNngpFn do */
export async function compute(
  job: Job,
  sides: Pick<Sides, 'x1' | 'x2'>,
  { params: drawn, outputShape }: { params: Params<Tensor>; outputShape: readonly number[] },
  progress: Progress,
  signal: AbortSignal,
): Promise<Computed> {
  const { get, implementation, full, layers } = job.config
  const apply = applyOf(job.net)
  const here = { x1: sides.x1, x2: sides.x2, params: drawn }
  const { x1, x2, params } = await toBackend(here, await backendOf(job.on))
  const outputs = outputShape.slice(1)
  const traceAxes = full ? [] : outputs.map((_, i) => i + 1)
  const options = { implementation, traceAxes }
  const start = performance.now()
  const task = progress.task(`empirical ${get}`, 1)
  const call: CallOptions = { onProgress: ({ done, total }) => task.update(done / total), signal }
  try {
    let parts: Record<string, Tensor> | null = null
    let kernel: Tensor
    if (layers) {
      const found = await empiricalNtkPartsFn(apply, options)(x1, x2, params, call)
      parts = Object.fromEntries(
        Object.entries(found).map(([path, part]) => [layerName(job.spec, path), part]),
      )
      kernel = Object.values(found).reduce((sum, part) => add(sum, part))
    } else {
      const kernelFn = get === 'ntk' ? empiricalNtkFn(apply, options) : empiricalNngpFn(apply, { traceAxes })
      kernel = await kernelFn(x1, x2, params, call)
    }
    const chosen =
      implementation === 'auto' ? empiricalNtkCostFn(apply, options)(x1, x2, params).cheapest : implementation
    task.done(kernel.shape.join(' × '))
    return {
      kernel,
      parts,
      implementation: get === 'ntk' ? chosen : null,
      averaged: full ? null : outputs.reduce((product, size) => product * size, 1),
      seconds: (performance.now() - start) / 1000,
    }
  } catch (error) {
    task.stop()
    throw error
  }
}
