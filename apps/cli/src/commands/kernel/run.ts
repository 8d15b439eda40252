import { flatten } from '@ntk/datasets'
import { kernelFn } from '@ntk/kernels-analytic'
import { fromSpec, type Layer, type Spec } from '@ntk/stax'
import { cast, eigh, encodeNpy, foldIn, key, type Tensor } from '@ntk/tensor'
import { readSamples } from '../../data/array.js'
import { loadData } from '../../data/load.js'
import { scaleInputs } from '../../data/scale.js'
import type { Outcome, Prepared, Request } from '../../frame/command.js'
import { requireFinite, scaleDown } from '../../measures/finite.js'
import { requireMemory } from '../../measures/memory.js'
import { imageNeeds, matrixNeed } from '../../networks/needs.js'
import { requireBuildable } from '../../networks/size.js'
import { describeNetwork, networkSetting, networkSpec, takesVectors } from '../../networks/spec.js'
import { duration } from '../../progress/progress.js'
import { writeAtomic } from '../../runs/atomic.js'
import { outputFile } from '../../runs/output-file.js'
import { shortNumber } from '../../text/number.js'
import type { KernelConfig } from './settings.js'

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

/** `ntk kernel`: everything that can be refused is refused here, before anything is read or computed. */
export function prepareKernel(request: Request<KernelConfig>): Prepared {
  const config = request.config()
  const spec = networkSpec(config.network, 1)
  requireRoom(config, spec)
  const net = fromSpec(spec)
  const out = outputFile(request.io.cwd, config.out)
  return {
    config,
    plan: () => [
      ['inputs', config.inputs ?? `${config.data.train} of ${config.data.name}`],
      ['network', describeNetwork(spec)],
      ['writes', `${config.get} to ${config.out}`],
    ],
    run: () => computeKernel({ config, spec, net, out }, request),
  }
}

/** @throws NtkError `config` naming the setting that asks for more than there is */
function requireRoom({ inputs, data, network }: KernelConfig, spec: Spec): void {
  requireBuildable(spec, networkSetting(network).setting)
  if (inputs !== undefined) return
  // The matrix, and its bytes for the file.
  requireMemory([...imageNeeds({ ...data, test: 1 }), matrixNeed('data.train (--train)', data.train, 2)])
}

interface Job {
  readonly config: KernelConfig
  readonly spec: Spec
  readonly net: Layer
  /** Absolute path of the file that is written. */
  readonly out: string
}

async function computeKernel(job: Job, request: Request<KernelConfig>): Promise<Outcome> {
  const { config, spec, net, out } = job
  const { progress, signal } = request
  const { x1, x2 } = await readInputs(config, request)
  const shaped = (x: Tensor): Tensor => (takesVectors(spec) ? flatten(x) : x)
  const start = performance.now()
  const task = progress.task(`${config.get} kernel`, 1)
  const kernel = await kernelFn(net)(shaped(x1), x2 === null ? null : shaped(x2), {
    get: config.get,
    ...(config.tile === undefined ? {} : { tile: config.tile }),
    onProgress: ({ done, total }) => task.update(done / total),
    signal,
  })
  const seconds = (performance.now() - start) / 1000
  await requireFinite(kernel, `The ${config.get} of these inputs`, scaleDown)
  task.done(`${kernel.shape.join(' × ')}`)
  const [samples = 0] = x1.shape
  const spectrum = x2 === null && kernel.rank === 2 && samples <= spectrumLimit
  const found: KernelSummary = {
    out: config.out,
    get: config.get,
    shape: kernel.shape,
    spec,
    seconds,
    ...(spectrum ? summarizeSpectrum(kernel) : {}),
  }
  writeAtomic(out, encodeNpy(kernel))
  return { json: found, text: () => describe(found) }
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
  request: Request<KernelConfig>,
): Promise<{ x1: Tensor; x2: Tensor | null }> {
  if (config.inputs === undefined) {
    const data = { ...config.data, test: 1 }
    const { train } = await loadData(data, foldIn(key(config.seed), 0), request)
    return { x1: scaleInputs(config.data.normalize, train.images, train.images).train, x2: null }
  }
  const read = (path: string): Tensor => cast(readSamples(request.io.cwd, path), 'float64')
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
