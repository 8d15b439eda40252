import { flatten } from '@ntk/datasets'
import { kernelFn, namesOf } from '@ntk/kernels-analytic'
import { fromSpec, type Layer, type Spec } from '@ntk/stax'
import { cast, encodeNpyParts, foldIn, key, NtkError, type Tensor, toHost } from '@ntk/tensor'
import { suggestion } from '@ntk/tensor/options'
import { parseShard } from '@ntk/tiles'
import { writeResultNpy } from '@ntk/tiles/node'
import { type OnDevice, withDtype } from '../../config/device.js'
import type { KernelConfig } from '../../config/kernel.js'
import { readSamples } from '../../data/array.js'
import { loadData } from '../../data/load.js'
import { scaleInputs } from '../../data/scale.js'
import { wantsSpectrum } from '../../estimates/spectrum.js'
import type { Outcome, Prepared, Request } from '../../frame/command.js'
import { requireFinite, scaleDown } from '../../measures/finite.js'
import { requireMemory } from '../../measures/memory.js'
import { sayDevice, toDevice } from '../../networks/device.js'
import { requireInfinite } from '../../networks/infinite.js'
import { imageNeeds } from '../../networks/needs.js'
import { requireBuildable } from '../../networks/size.js'
import { networkSetting, networkSpec, takesVectors } from '../../networks/spec.js'
import { writeAtomic } from '../../runs/atomic.js'
import { outputFile } from '../../runs/output-file.js'
import { type Inputs, type Job, kernelInTiles, matrixName, splitTeller } from './in-tiles.js'
import { kernelByMonteCarlo, outputsOfDraws, requireDraws } from './monte-carlo.js'
import { planLines, requireRoom } from './plan.js'
import { summarizeSpectrum } from './spectrum.js'
import { describeKernel, estimateSummary, type KernelSummary } from './summary.js'

/** `ntk kernel`: everything that can be refused is refused here, before anything is read or computed. */
export function prepareKernel(request: Request<KernelConfig>): Prepared {
  const config = withDtype(request.config())
  const { sink, shard, monteCarlo } = config
  const spec = networkSpec(config.network, monteCarlo === undefined ? 1 : outputsOfDraws)
  requireSensible(config, spec)
  const resume = request.isOn('resume')
  if (resume && sink === undefined) {
    throw new NtkError('option', {
      what: '--resume goes on with the tiles in a directory, and --sink names none.',
      fix: 'Give --sink, or leave --resume out.',
    })
  }
  if (shard !== undefined) parseShard(shard)
  const net = fromSpec(spec)
  requireName(net, config.at)
  const name = config.out ?? (sink === undefined ? 'kernel.npy' : undefined)
  const place = (file: string): Job['out'] => ({ name: file, path: outputFile(request.io.cwd, file) })
  // Behind a layer with a name nobody looks, and before it kernelFn does.
  if (monteCarlo === undefined && config.at === undefined) requireInfinite(net)
  const job: Job = {
    config,
    spec,
    net,
    out: name === undefined ? undefined : place(name),
    errors:
      name === undefined || monteCarlo === undefined
        ? undefined
        : place(`${name.replace(/\.npy$/, '')}-error.npy`),
    resume,
  }
  return {
    config,
    plan: () => planLines(job, request),
    run: () => computeKernel(job, request),
  }
}

/** @throws NtkError `option` where no layer of the network has the name */
function requireName(net: Layer, at: string | undefined): void {
  const known = namesOf(net)
  if (at === undefined || known.includes(at)) return
  throw new NtkError('option', {
    what: `--at needs the name of a layer, and none of this network is called "${at}".`,
    fix:
      known.length === 0
        ? 'Name layers in --network: ["named", { "name": "block" }, layer].'
        : suggestion(at, known),
  })
}

/** @throws NtkError `config` naming the setting that asks for more than there is */
function requireSensible(config: KernelConfig & OnDevice, spec: Spec): void {
  const { inputs, data, network, monteCarlo } = config
  requireBuildable(spec, networkSetting(network).setting)
  if (monteCarlo !== undefined) requireDraws({ config, spec })
  if (inputs === undefined) requireMemory(imageNeeds({ ...data, test: 1 }))
}

async function computeKernel(job: Job, request: Request<KernelConfig>): Promise<Outcome> {
  const { config, spec, net, out, errors } = job
  const { monteCarlo } = config
  await sayDevice(config, request.progress)
  if (monteCarlo === undefined) requireRoom(job, request.io.cwd)
  const { x1, x2 } = await readInputs(config, request)
  const shaped = (x: Tensor): Tensor => (takesVectors(spec) ? flatten(x) : x)
  const inputs = await toDevice({ x1: shaped(x1), x2: x2 === null ? null : shaped(x2) }, config)
  const start = performance.now()
  const tiled = config.sink === undefined ? null : await kernelInTiles(job, config.sink, inputs, request)
  const estimate =
    monteCarlo === undefined ? null : await kernelByMonteCarlo(job, monteCarlo, inputs, request)
  const exact = tiled === null && estimate === null
  const kernel = exact ? await kernelInMemory(config, net, inputs, request) : (estimate?.mean ?? null)
  const seconds = (performance.now() - start) / 1000
  const shape = kernel?.shape ?? tiled?.shape(matrixName(config)) ?? []
  const complete = tiled?.complete ?? true
  const spectrum = complete && wantsSpectrum(shape, x2 === null ? null : (x2.shape[0] ?? 0))
  const matrix = spectrum ? (kernel ?? (await tiled?.toTensor(matrixName(config)))) : undefined
  if (kernel !== null && out !== undefined) writeAtomic(out.path, encodeNpyParts(kernel))
  if (estimate !== null && errors !== undefined) {
    writeAtomic(errors.path, encodeNpyParts(estimate.standardError))
  }
  if (tiled !== null && complete && out !== undefined) {
    await writeResultNpy(out.path, tiled, matrixName(config), request.signal)
  }
  // The spectrum of a large kernel takes long and gives no turn; whoever stops it has the file.
  if (complete && out !== undefined) request.io.onKept?.(`the kernel, in ${out.name}`)
  const found: KernelSummary = {
    ...(complete && out !== undefined ? { out: out.name } : {}),
    ...(config.sink === undefined ? {} : { sink: config.sink, complete }),
    get: matrixName(config),
    shape,
    dtype: kernel?.dtype === 'float32' ? 'float32' : (tiled?.dtype(matrixName(config)) ?? 'float64'),
    spec,
    seconds,
    ...(estimate === null ? {} : estimateSummary(estimate, errors?.name)),
    ...(matrix === undefined ? {} : summarizeSpectrum(cast(matrix, 'float64'))),
  }
  return { json: found, text: () => describeKernel(found) }
}

async function kernelInMemory(
  config: KernelConfig,
  net: Layer,
  { x1, x2 }: Inputs,
  { progress, signal }: Request<KernelConfig>,
): Promise<Tensor> {
  const task = progress.task(`${matrixName(config)} kernel`, 1)
  const tell = splitTeller(progress)
  const kernel = await toHost(
    await kernelFn(net)(x1, x2, {
      get: config.get,
      at: config.at,
      tile: config.tile,
      onProgress: ({ done, total, split }) => {
        tell(split)
        task.update(done / total)
      },
      signal,
    }),
  )
  await requireFinite(kernel, `The ${config.get} of these inputs`, scaleDown)
  task.done(`${kernel.shape.join(' × ')}`)
  return kernel
}

async function readInputs(config: KernelConfig, request: Request<KernelConfig>): Promise<Inputs> {
  if (config.inputs === undefined) {
    const data = { ...config.data, test: 1 }
    const { train } = await loadData(data, foldIn(key(config.seed), 0), request)
    return { x1: scaleInputs(config.data.normalize, train.images, train.images).train, x2: null }
  }
  const read = async (path: string): Promise<Tensor> =>
    cast(await readSamples(request.io.cwd, path), 'float64')
  const x1 = await read(config.inputs)
  return { x1, x2: config.inputs2 === undefined ? null : await read(config.inputs2) }
}
