import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { chooseBackend, tfjsBackend } from '@ntk/backend-tfjs'
import { buildTensorflow } from '@ntk/backend-tfjs/node'
import { acos, asin, cast, less, logistic, type Tensor, tensor, tensorFromData, toBackend } from '@ntk/tensor'
import { backendContract } from '@ntk/tensor/contract'
import { describe, expect, it } from 'vitest'

/** A folder with Python's package tensorflow; where it is named, the device must run. */
const wheel = process.env.NTK_TENSORFLOW_WHEEL
const built = wheel === undefined ? null : await buildTensorflow({ from: wheel })

const missing = await tfjsBackend({ device: 'tensorflow' }).then(
  () => null,
  (error: unknown) => {
    if (built !== null) throw error
    return `NTK_TENSORFLOW_WHEEL names no folder to build it from; ${error instanceof Error ? error.message : String(error)}`
  },
)

describe.skipIf(missing !== null)(`tfjs on TensorFlow${missing === null ? '' : ` (${missing})`}`, () => {
  it.skipIf(built === null)('was built of the package and the library that were named', () => {
    expect(built).toMatchObject({ device: 'tensorflow', package: '@tensorflow/tfjs-node' })
    expect(built?.libraryVersion).toMatch(/^2\.\d+/)
  })

  backendContract(
    () => tfjsBackend({ device: 'tensorflow' }),
    { describe, it },
    // its maximum and minimum know no order of zeros
    { signedZeros: false },
  )

  it('outlives the thread that started it', () => {
    const onThread = `
      import('tsx/esm/api')
        .then(({ register }) => (register(), import('@ntk/backend-tfjs')))
        .then(({ tfjsBackend }) => tfjsBackend({ device: 'tensorflow' }))
        .then(({ name }) => console.log(name))`
    const start = `new (require('node:worker_threads').Worker)(${JSON.stringify(onThread)}, { eval: true })`
    const ended = spawnSync(process.execPath, ['--conditions=@ntk/source', '-e', start], {
      cwd: join(import.meta.dirname, '..'),
      encoding: 'utf8',
    })
    expect(ended).toMatchObject({ status: 0, signal: null, stdout: 'tfjs-tensorflow\n' })
  })

  it('says which library it is and where it runs', async () => {
    const { about } = await chooseBackend('tensorflow')
    expect(about).toMatch(/^TensorFlow 2\.\d+\.\d+\S*, (on the processor|with CUDA)$/)
  })

  it.each([
    ['asin', asin, 1],
    ['acos', acos, 1],
    ['logistic', logistic, 15],
  ] as const)('%s is good to 3.5e-7 where its own is off by more', async (_, f, reach) => {
    const device = await tfjsBackend({ device: 'tensorflow' })
    const count = 200_001
    const at = Float32Array.from({ length: count }, (_, i) => reach * ((2 * (i + 0.37)) / count - 1))
    const x = tensorFromData(at, [count])
    const want = f(cast(x, 'float64')).dataSync()
    const got = await f((await toBackend(x, device)) as Tensor).data()
    let worst = 0
    for (let i = 0; i < count; i++) {
      worst = Math.max(worst, Math.abs((got[i] ?? Number.NaN) / (want[i] ?? Number.NaN) - 1))
    }
    expect(worst).toBeLessThan(3.5e-7)
  })

  it('compares bools, which its own kernels do not', async () => {
    const device = await tfjsBackend({ device: 'tensorflow' })
    const [a, b] = await toBackend(
      [tensor([false, false, true, true]), tensor([false, true, false, true])] as const,
      device,
    )
    expect(Array.from(await less(a, b).data(), Number)).toEqual([0, 1, 0, 0])
  })
})
