import { kernelFn } from '@ntk/kernels-analytic'
import { empiricalNtkFn } from '@ntk/kernels-empirical'
import { momentum, train } from '@ntk/optim'
import { fullyConnected, type Layer } from '@ntk/stax'
import { type Backend, type FloatDType, key, normal, scope, toBackend, toHost } from '@ntk/tensor'
import type { OwnTime } from '../timing.js'

/** A job that every device is given: from numbers on the host to numbers on the host. */
export interface DeviceJob {
  readonly name: string
  readonly dtype: FloatDType
  /** Makes the numbers that it begins with, outside of the timed part. */
  readonly prepare: () => (backend: Backend) => Promise<unknown>
}

const features = 784
const dense = (widths: readonly number[], outputs: number): Layer =>
  fullyConnected(widths, outputs, { wStd: 1.4142, bStd: 0.1 })

/** Steps of which one is a share: parameters and data go there once, and parameters come back once. */
const steps = 5
const batch = 256

function trainingStep(width: number, dtype: FloatDType): DeviceJob {
  return {
    name: `training step, 2 x ${width}, batch ${batch}`,
    dtype,
    prepare: () => {
      const net = dense([width, width], 10)
      const { params } = net.init(key(0), [-1, features], { dtype })
      const [x, y] = [normal(key(1), [batch, features], { dtype }), normal(key(2), [batch, 10], { dtype })]
      const optimizer = momentum(0.01)
      return async (backend): Promise<OwnTime> => {
        const start = performance.now()
        await scope(async ({ wait }) => {
          const there = await wait(toBackend({ params, x, y }, backend))
          const trained = await wait(train({ ...there, apply: net.apply, optimizer, steps }))
          await wait(toHost(trained.params))
          // no scope owns what train gives
          scope(() => undefined, { takes: trained })
        })
        return { ms: (performance.now() - start) / steps }
      }
    },
  }
}

function kernel(n: number, dtype: FloatDType): DeviceJob {
  return {
    name: `NTK, 3 ReLU layers, n = ${n}`,
    dtype,
    prepare: () => {
      const exact = kernelFn(dense([1, 1, 1], 1))
      const x = normal(key(1), [n, features], { dtype })
      return (backend) =>
        scope(async ({ wait }) => {
          const there = await wait(toBackend(x, backend))
          return wait(toHost(await wait(exact(there, null, { get: 'ntk' }))))
        })
    },
  }
}

function empirical(n: number, width: number, dtype: FloatDType): DeviceJob {
  return {
    name: `empirical NTK, 2 x ${width}, 10 outputs, n = ${n}`,
    dtype,
    prepare: () => {
      const net = dense([width, width], 10)
      const { params } = net.init(key(0), [-1, features], { dtype })
      const x = normal(key(1), [n, features], { dtype })
      const ntk = empiricalNtkFn(net.apply, { traceAxes: [-1] })
      return (backend) =>
        scope(async ({ wait }) => {
          const there = await wait(toBackend({ params, x }, backend))
          return wait(ntk(there.x, null, there.params))
        })
    },
  }
}

export const deviceJobs: readonly DeviceJob[] = [
  trainingStep(256, 'float32'),
  trainingStep(1024, 'float32'),
  kernel(1000, 'float32'),
  kernel(1000, 'float64'),
  empirical(128, 512, 'float32'),
]
