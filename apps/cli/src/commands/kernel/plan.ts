import { glyphs, normalizeSamples } from '@ntk/datasets'
import { fromSpec } from '@ntk/stax'
import { key, NtkError, normal, reshape, type Shape, slice, type Tensor } from '@ntk/tensor'
import type { KernelConfig } from '../../config/kernel.js'
import {
  type Estimate,
  estimateOf,
  freeMemory,
  inputShape,
  type Sizing,
  whatFits,
} from '../../estimates/kernel.js'
import { fitsLine, memoryLine, sizeLines } from '../../estimates/lines.js'
import { timeOf, timeOfSpectrum } from '../../estimates/time.js'
import type { PlanLine, Request } from '../../frame/command.js'
import { showBytes } from '../../measures/memory.js'
import { type Samples, samplesOf } from '../../networks/samples.js'
import { describeNetwork } from '../../networks/spec.js'
import { duration } from '../../progress/progress.js'
import { shortNumber } from '../../text/number.js'
import { type Job, matrixName } from './in-tiles.js'

const sizingOf = ({ config, spec, net }: Job): Sizing => ({
  spec,
  net,
  get: config.get,
  at: config.at,
  tile: config.tile,
  dtype: config.dtype,
  sink: config.sink !== undefined,
})

/**
 * Refuses a kernel that is larger than what is free, before anything is read. Where headers of files do not tell its size, `kernelFn` does so
 * once they are read.
 *
 * @throws NtkError `config` with what it needs and what would fit
 */
export function requireRoom(job: Job, cwd: string): void {
  const { config } = job
  const samples = samplesOf(config, cwd)
  if (samples === null) return
  const sizing = sizingOf(job)
  const { memory } = estimateOf(sizing, samples)
  const free = freeMemory()
  if (memory.total <= free) return
  const setting = config.inputs === undefined ? 'data.train (--train)' : 'inputs (--inputs)'
  throw new NtkError('config', {
    what: `${setting} asks for more than the memory that is free.`,
    got: `${samples.n1}: ${showBytes(memory.total)}, where ${showBytes(free)} are free`,
    fix: `What fits: ${whatFits(sizing, samples, free).join('; or ')}.`,
  })
}

/** What `ntk kernel` will do, what it will take, and whether that is there. Small kernels of the same network are timed for it. */
export async function planLines(job: Job, request: Request<KernelConfig>): Promise<readonly PlanLine[]> {
  const { config, spec, out, errors } = job
  const { sink, shard, monteCarlo } = config
  const name = matrixName(config)
  const samples = samplesOf(config, request.io.cwd)
  const part = shard === undefined ? '' : `, part ${shard},`
  const writes = [
    ...(sink === undefined ? [] : [`tiles of ${name}${part} to ${sink}`]),
    ...(out === undefined ? [] : [`${name} to ${out.name}`]),
    ...(errors === undefined ? [] : [`its standard errors to ${errors.name}`]),
  ]
  const lines: PlanLine[] = [
    ['inputs', config.inputs ?? `${config.data.train} of ${config.data.name}`],
    ['network', describeNetwork(spec)],
    ['writes', writes.join(', then ')],
  ]
  if (monteCarlo !== undefined) {
    return [
      ...lines,
      ['draws', `${monteCarlo} finite networks of this kind, one after the other`, monteCarlo],
    ]
  }
  if (samples === null) return [...lines, ['size', 'not known before the inputs are read whole']]
  const sizing = sizingOf(job)
  const estimate = estimateOf(sizing, samples)
  const free = freeMemory()
  return [
    ...lines,
    ...sizeLines(estimate, samples),
    memoryLine(estimate, free),
    ...(estimate.memory.total <= free ? [] : [fitsLine(whatFits(sizing, samples, free))]),
    ...(await timeLine(job, estimate, samples, request)),
  ]
}

/** Seconds of kernel and eigenvalues. A pair that does not fit in memory is not tried. */
async function timeLine(
  { config, spec, net }: Job,
  { memory }: Estimate,
  samples: Samples,
  { signal, progress }: Request<KernelConfig>,
): Promise<PlanLine[]> {
  const { n1, n2, shape } = samples
  const { get, at, tile, dtype, shard } = config
  const small = estimateOf(
    { spec, net, get, at, tile, dtype, sink: false },
    { ...samples, n1: 1, n2: n2 === null ? null : 1 },
  )
  if (small.memory.total > freeMemory()) return []
  const task = progress.task('timing a small kernel', 1)
  const describe = (k1: number, k2: number | null): Estimate['description'] =>
    estimateOf({ spec, net, get, at, tile, dtype, sink: false }, { n1: k1, n2: k2, shape }).description
  const kernel = await timeOf(
    {
      net: fromSpec(spec),
      get,
      at,
      samples: (n) => {
        const of = (x: Tensor, start: number): Tensor =>
          reshape(slice(x, [start, start + n]), [n, ...inputShape(spec, shape).slice(1)])
        const both = samplesLike(config, 2 * n, shape)
        return { x1: of(both, 0), x2: n2 === null ? null : of(both, n) }
      },
      describe,
    },
    n1,
    n2,
    signal,
  )
  const spectrum = memory.spectrum > 0 ? timeOfSpectrum(n1) : 0
  task.done()
  const parts = shard === undefined ? 1 : Number(shard.split('/')[1])
  const text = [
    `about ${seconds(kernel / parts)} for the kernel`,
    ...(parts > 1 ? [`this part of it, ${seconds(kernel)} for all`] : []),
    ...(spectrum > 0 ? [`${seconds(spectrum)} for its eigenvalues`] : []),
  ]
  return [['time', text.join(', '), { kernel: kernel / parts, spectrum }]]
}

const seconds = (time: number): string => (time < 1 ? `${shortNumber(time, 2)} s` : duration(time))

/** Samples to time: images as those of the data sets, or random numbers in place of a file's. */
function samplesLike({ inputs, data }: KernelConfig, n: number, shape: Shape): Tensor {
  // Nothing is read for a plan: of images in colour there are none to generate.
  if (inputs !== undefined || data.name === 'cifar10') return normal(key(1), [n, ...shape])
  return normalizeSamples(glyphs({ key: key(1), n: 10 * Math.ceil(n / 10) }).images)
}
