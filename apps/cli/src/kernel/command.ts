import { resolve } from 'node:path'
import { flatten } from '@ntk/datasets'
import { kernelFn } from '@ntk/kernels-analytic'
import { fromSpec } from '@ntk/stax'
import { cast, eigh, encodeNpy, foldIn, key, type Tensor } from '@ntk/tensor'
import { configJsonSchema } from '../config/check.js'
import { type KernelConfig, type KernelFlag, kernelFlags, kernelSchema } from '../config/kernel.js'
import { networkSpec, takesVectors } from '../config/network.js'
import { resolveConfig } from '../config/resolve.js'
import type { CliContext } from '../context.js'
import { readSamples } from '../data/array.js'
import { loadData } from '../data/load.js'
import { scaleInputs } from '../dynamics/stages/data.js'
import { shortNumber } from '../figures/curves.js'
import type { Io } from '../io.js'
import { createProgress } from '../progress/create.js'
import { duration, type Progress } from '../progress/progress.js'
import { writeAtomic } from '../runs/atomic.js'

/** What `ntk kernel` found, printed under `--json`. */
interface KernelSummary {
  readonly out: string
  readonly get: string
  readonly shape: readonly number[]
  readonly spec: unknown
  readonly seconds: number
  readonly smallestEigenvalue?: number
  readonly largestEigenvalue?: number
  /** Largest over smallest eigenvalue; null where the smallest is not positive. */
  readonly condition?: number | null
}

/** Above this many samples the spectrum would take longer than the kernel. */
const spectrumLimit = 2000

/** The flags of `ntk kernel` as they were typed. */
export type KernelFlags = { readonly [F in KernelFlag]?: string } & {
  readonly config?: string
  readonly network?: string
  readonly schema: boolean
  readonly json: boolean
}

/** `ntk kernel`. */
export async function runKernelCommand(this: CliContext, flags: KernelFlags): Promise<void> {
  const { io } = this
  if (flags.schema) {
    io.stdout.write(`${configJsonSchema(kernelSchema, 'ntk kernel')}\n`)
    return
  }
  const config = resolveConfig(kernelSchema, kernelFlags, {
    cwd: io.cwd,
    flags,
    config: flags.config,
    network: flags.network,
  })
  const spec = networkSpec(config.network, 1)
  const net = fromSpec(spec)
  const progress = createProgress(io, flags.json)
  const { x1, x2 } = await readInputs(config, io, progress)
  const shaped = (x: Tensor): Tensor => (takesVectors(spec) ? flatten(x) : x)
  const start = performance.now()
  const task = progress.task(`${config.get} kernel`, 1)
  const kernel = await kernelFn(net)(shaped(x1), x2 === null ? null : shaped(x2), {
    get: config.get,
    ...(config.tile === undefined ? {} : { tile: config.tile }),
    onProgress: ({ done, total }) => task.update(done / total),
    signal: io.signal,
  })
  const seconds = (performance.now() - start) / 1000
  task.done(`${kernel.shape.join(' × ')}`)
  const spectrum =
    x2 === null && kernel.rank === 2 && x1.shape[0] !== undefined && x1.shape[0] <= spectrumLimit
  const found: KernelSummary = {
    out: config.out,
    get: config.get,
    shape: kernel.shape,
    spec,
    seconds,
    ...(spectrum ? summarizeSpectrum(kernel) : {}),
  }
  writeAtomic(resolve(io.cwd, config.out), encodeNpy(kernel))
  io.stdout.write(flags.json ? `${JSON.stringify(found)}\n` : describe(found))
}

function summarizeSpectrum(kernel: Tensor): Partial<KernelSummary> {
  const values = eigh(kernel).values.dataSync()
  const smallest = values[0] ?? Number.NaN
  const largest = values[values.length - 1] ?? Number.NaN
  return {
    smallestEigenvalue: smallest,
    largestEigenvalue: largest,
    condition: smallest > 0 ? largest / smallest : null,
  }
}

async function readInputs(
  config: KernelConfig,
  io: Io,
  progress: Progress,
): Promise<{ x1: Tensor; x2: Tensor | null }> {
  if (config.inputs === undefined) {
    const data = { ...config.data, test: 1 }
    const { train } = await loadData(data, foldIn(key(config.seed), 0), { io, progress, signal: io.signal })
    return { x1: scaleInputs(config.data.normalize, train.images, train.images).train, x2: null }
  }
  const read = (path: string): Tensor => cast(readSamples(io.cwd, path), 'float64')
  return { x1: read(config.inputs), x2: config.inputs2 === undefined ? null : read(config.inputs2) }
}

function describe(found: KernelSummary): string {
  const lines = [
    `${found.out}  ${found.get} of shape ${found.shape.join(' × ')}, float64, in ${duration(found.seconds)}`,
  ]
  if (found.smallestEigenvalue !== undefined && found.largestEigenvalue !== undefined) {
    const condition =
      typeof found.condition === 'number' ? shortNumber(found.condition) : 'none: the matrix is singular'
    lines.push(
      `  eigenvalues  ${shortNumber(found.smallestEigenvalue)} to ${shortNumber(found.largestEigenvalue)}`,
      `  condition    ${condition}`,
    )
  }
  return `${lines.join('\n')}\n`
}
