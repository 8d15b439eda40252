/**
 * One matrix product by every engine that we could have stood on, each in a process of its own and on one thread, twice over.
 * Run: npx tsx --conditions=@ntk/source decisions/measure/gemm.ts
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

type Job = { readonly n: number; readonly run: () => void | Promise<void> }
type Engine = (single: boolean) => Promise<Job>

/** Best of several runs, in milliseconds of processor time (of all threads), which other programs do not lengthen much. */
async function best({ run }: Job): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  const end = performance.now() + 2000
  for (let i = 0; i < 3 || (performance.now() < end && i < 20); i++) {
    const start = process.cpuUsage()
    await run()
    const { user, system } = process.cpuUsage(start)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}

/** Three loops over typed arrays, the inner one along rows. */
const plain: Engine = async (single) => {
  const n = 512
  const make = single
    ? (): Float32Array => new Float32Array(n * n)
    : (): Float64Array => new Float64Array(n * n)
  const [a, b] = [make(), make()]
  for (let i = 0; i < n * n; i++) a[i] = b[i] = Math.random()
  const run = (): void => {
    const c = make()
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < n; k++) {
        const x = a[i * n + k]!
        for (let j = 0; j < n; j++) c[i * n + j]! += x * b[k * n + j]!
      }
    }
  }
  return { n, run }
}

const ntk: Engine = async (single) => {
  const { key, matmul, uniform } = await import('@ntk/tensor')
  const n = 2048
  const x = uniform(key(0), [n, n], { dtype: single ? 'float32' : 'float64' })
  return { n, run: () => void matmul(x, x).dataSync() }
}

const tfjs: Engine = async () => {
  const tf = await import('@tensorflow/tfjs-core')
  await import('@tensorflow/tfjs-backend-wasm')
  await tf.setBackend('wasm')
  const n = 2048
  const x = tf.randomUniform([n, n])
  const run = (): void => {
    const product = tf.matMul(x, x)
    product.dataSync()
    product.dispose()
  }
  return { n, run }
}

/** What each line sets in the environment of its process. */
const engines: Readonly<
  Record<string, { engine: Engine; env: Readonly<Record<string, string>>; float32Only?: true }>
> = {
  'plain JavaScript': { engine: plain, env: {} },
  'tfjs-backend-wasm': { engine: tfjs, env: {}, float32Only: true },
  '@ntk/tensor, WebAssembly': { engine: ntk, env: { NTK_BLAS: 'off' } },
  "@ntk/tensor, the machine's BLAS": { engine: ntk, env: {} },
  'the same, kernels of an unknown CPU': { engine: ntk, env: { OPENBLAS_CORETYPE: 'PRESCOTT' } },
}

const [name, dtype] = process.argv.slice(2)
const chosen = engines[name ?? '']
if (chosen !== undefined) {
  const job = await chosen.engine(dtype === 'float32')
  console.log((2 * job.n ** 3) / (await best(job)) / 1e6)
} else {
  const rates = new Map<string, number>()
  for (let round = 0; round < 2; round++) {
    for (const [engine, { env, float32Only }] of Object.entries(engines)) {
      for (const type of float32Only ? ['float32'] : ['float64', 'float32']) {
        const script = fileURLToPath(import.meta.url)
        const args = [...process.execArgv, script, engine, type]
        const child = spawnSync(process.execPath, args, {
          encoding: 'utf8',
          env: { ...process.env, OPENBLAS_NUM_THREADS: '1', ...env },
        })
        if (child.status !== 0) throw new Error(child.stderr)
        const id = `${engine} ${type}`
        rates.set(id, Math.max(rates.get(id) ?? 0, Number(child.stdout.trim().split('\n').at(-1))))
      }
    }
  }
  const rate = (engine: string, type: string): string => rates.get(`${engine} ${type}`)?.toFixed(1) ?? 'none'
  console.table(
    Object.keys(engines).map((engine) => ({
      engine,
      'float64 GFLOP/s': rate(engine, 'float64'),
      'float32 GFLOP/s': rate(engine, 'float32'),
    })),
  )
}
