import { treeLeaves } from '@ntk/autodiff'
import { kernelMatrix } from '@ntk/kernels-empirical'
import { layersOf } from '@ntk/stax'
import { encodeNpyParts, type Tensor } from '@ntk/tensor'
import { encodeNpz } from '@ntk/tensor/npz'
import { renderFigure } from '../../figures/render.js'
import { spectrumFigure } from '../../figures/spectrum.js'
import type { Outcome, Prepared, Request } from '../../frame/command.js'
import { KeptError } from '../../frame/errors.js'
import { turn } from '../../frame/turn.js'
import { requireFinite, scaleDown } from '../../measures/finite.js'
import { spectrumLimit, summarizeSpectrum } from '../../measures/spectrum.js'
import { freshParams, sayDevice } from '../../networks/device.js'
import type { Progress } from '../../progress/progress.js'
import { writeAtomic } from '../../runs/atomic.js'
import { outputFile } from '../../runs/output-file.js'
import { shortNumber } from '../../text/number.js'
import { type Computed, compute } from './compute.js'
import { readSides, type Sides } from './inputs.js'
import { type Job, jobOf, requireOneOfTraceAndFull } from './job.js'
import type { EmpiricalConfig } from './settings.js'
import { sharesOf } from './shares.js'
import { describe, type EmpiricalSummary } from './summary.js'

/** `ntk empirical`: everything that can be refused is refused here, before anything is read or computed. */
export function prepareEmpirical(request: Request<EmpiricalConfig>): Prepared {
  requireOneOfTraceAndFull(request)
  const job = jobOf(request)
  const { config, data } = job
  const files = filesOf(request.io.cwd, config)
  return {
    config,
    plan: () => [
      ['inputs', config.inputs ?? `${data.train} of ${data.name}`],
      ['network', job.title],
      ['writes', `${config.get} to ${config.out}`],
    ],
    run: () => computeAndWrite(job, files, request),
  }
}

/** A file by its name in messages and its absolute path. */
interface Place {
  readonly name: string
  readonly path: string
}

interface Files {
  readonly kernel: Place
  readonly layers: Place
  /** SVG, PNG, Vega-Lite. */
  readonly figures: readonly Place[]
}

/** All files that may be written, looked at before an hour of work rather than behind it. */
function filesOf(cwd: string, { out }: EmpiricalConfig): Files {
  const place = (name: string): Place => ({ name, path: outputFile(cwd, name) })
  const base = out.replace(/\.npy$/, '')
  return {
    kernel: place(out),
    layers: place(`${base}-layers.npz`),
    figures: ['svg', 'png', 'vl.json'].map((ending) => place(`${base}-spectrum.${ending}`)),
  }
}

async function computeAndWrite(job: Job, files: Files, request: Request<EmpiricalConfig>): Promise<Outcome> {
  const { progress, signal } = request
  await sayDevice(job.on, progress)
  const sides = await readSides(job, request)
  const made = freshParams(job.drawn, job.net, job.keys.network, [-1, ...sides.x1.shape.slice(1)])
  warnOfCoupling(job, sides, progress)
  await turn(signal)
  const computed = await compute(job, sides, made, progress, signal)
  await requireFinite(computed.kernel, `The ${job.config.get} of ${sides.title}`, scaleDown)
  writeAtomic(files.kernel.path, encodeNpyParts(computed.kernel))
  if (computed.parts !== null) writeAtomic(files.layers.path, encodeNpz(computed.parts))
  try {
    const found: EmpiricalSummary = {
      out: files.kernel.name,
      get: job.config.get,
      network: job.title,
      inputs: sides.title,
      spec: job.spec,
      seed: job.seed,
      ...(job.run === null ? {} : { run: job.run }),
      parameters: treeLeaves(made.params).reduce<number>((sum, leaf) => sum + (leaf as Tensor).size, 0),
      shape: computed.kernel.shape,
      dtype: job.on.dtype,
      averaged: computed.averaged,
      implementation: computed.implementation,
      seconds: computed.seconds,
      ...(computed.parts === null ? {} : shares(computed, sides, files)),
      ...(await analyse(job, sides, computed, { progress, signal, files: files.figures })),
      warnings: progress.warnings,
    }
    return { json: found, text: () => describe(found) }
  } catch (error) {
    throw new KeptError(error, `the kernel, in ${files.kernel.name}`)
  }
}

/** Rows of a batch are one sample with as many outputs: no blocks to stop between, and cotangents of whole batches. */
function warnOfCoupling({ spec, config }: Job, { x1 }: Sides, progress: Progress): void {
  if (config.get === 'nngp' || !layersOf(spec).some(({ name }) => name === 'BatchNorm')) return
  progress.warn(
    `Batch normalization makes all ${x1.shape[0]} samples depend on each other: they are one block, which takes long and does not stop in between.`,
  )
}

function shares({ parts }: Computed, { x2 }: Sides, { layers }: Files): Partial<EmpiricalSummary> {
  return { layersOut: layers.name, ...(x2 === null && parts !== null ? { layers: sharesOf(parts) } : {}) }
}

interface AnalysisContext {
  readonly progress: Progress
  readonly signal: AbortSignal
  /** SVG, PNG, Vega-Lite. */
  readonly files: readonly Place[]
}

/** Spectrum and figure of a kernel of samples with themselves that is not too large. */
async function analyse(
  job: Job,
  { x2, title }: Sides,
  { kernel, averaged }: Computed,
  { progress, signal, files }: AnalysisContext,
): Promise<Partial<EmpiricalSummary>> {
  if (x2 !== null) return {}
  await turn(signal)
  const size = kernelMatrix(kernel).shape[0] ?? 0
  if (size > spectrumLimit) {
    progress.note(`no spectrum: ${size} rows are more than ${spectrumLimit}`)
    return {}
  }
  const task = progress.task('spectrum and figure', 2)
  const found = await summarizeSpectrum(kernel)
  if (found === null) throw new Error('a spectrum was left out below its limit')
  task.update(1)
  await turn(signal)
  const kind = job.config.get === 'ntk' ? 'tangent kernel' : 'output kernel'
  const over = averaged === null ? 'all pairs of outputs' : meanOver(averaged)
  const condition =
    found.conditionNumber === null
      ? `singular, of rank ${found.rank}`
      : `condition number ${shortNumber(found.conditionNumber)}`
  const { json, svg, png } = await renderFigure(
    spectrumFigure(
      [{ name: job.title, eigenvalues: found.eigenvalues.slice(0, found.rank) }],
      `The ${kind} of ${title} has effective rank ${shortNumber(found.effectiveRank)} of ${size}`,
      `at random parameters, seed ${job.seed}; ${over}; ${condition}`,
    ),
  )
  const contents = [svg, png, json]
  for (const [i, { path }] of files.entries()) writeAtomic(path, contents[i] ?? '')
  task.done()
  return { spectrum: found, figures: files.map(({ name }) => name) }
}

function meanOver(outputs: number): string {
  return outputs === 1 ? 'one output' : `mean over ${outputs} outputs`
}
