import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { treeLeaves } from '@ntk/autodiff'
import { kernelMatrix, spectrum } from '@ntk/kernels-empirical'
import { encodeNpy, encodeNpz, type Tensor } from '@ntk/tensor'
import { configJsonSchema } from '../config/check.js'
import { empiricalSchema } from '../config/empirical.js'
import type { CliContext } from '../context.js'
import { breathe } from '../dynamics/breathe.js'
import { KeptError } from '../errors.js'
import { shortNumber } from '../figures/curves.js'
import { renderFigure } from '../figures/render.js'
import { spectrumFigure } from '../figures/spectrum.js'
import type { Io } from '../io.js'
import { createProgress } from '../progress/create.js'
import type { Progress } from '../progress/progress.js'
import { diskError, writeAtomic } from '../runs/atomic.js'
import { type Computed, compute } from './compute.js'
import { readSides, type Sides } from './inputs.js'
import { type EmpiricalFlags, type Job, settle } from './job.js'
import { sharesOf } from './layers.js'
import { describe, type EmpiricalSummary, type SpectrumSummary } from './summary.js'

/** Above this many rows the spectrum would take longer than the kernel. */
const spectrumLimit = 2000

/** `ntk empirical`. */
export async function runEmpiricalCommand(this: CliContext, flags: EmpiricalFlags): Promise<void> {
  const { io } = this
  if (flags.schema) {
    io.stdout.write(`${configJsonSchema(empiricalSchema, 'ntk empirical')}\n`)
    return
  }
  const job = settle(io.cwd, flags)
  const progress = createProgress(io, flags.json)
  const { out } = job.config
  // Known before an hour of work, not behind it.
  if (!existsSync(dirname(resolve(io.cwd, out)))) throw diskError(out, { code: 'ENOENT' })
  const sides = await readSides(job, { io, progress, signal: io.signal })
  const made = job.net.init(job.keys.network, [-1, ...sides.x1.shape.slice(1)], { dtype: job.dtype })
  warnOfCoupling(job, sides, progress)
  await breathe(io.signal)
  const computed = await compute(job, sides, made, progress, io.signal)
  const write = (name: string, content: Uint8Array | string): void =>
    writeAtomic(resolve(io.cwd, name), content)
  write(out, encodeNpy(computed.kernel))
  const base = out.replace(/\.npy$/, '')
  if (computed.parts !== null) write(`${base}-layers.npz`, encodeNpz(computed.parts))
  try {
    const found: EmpiricalSummary = {
      out,
      get: job.config.get,
      network: job.title,
      inputs: sides.title,
      spec: job.spec,
      seed: job.seed,
      ...(flags.run === undefined ? {} : { run: flags.run }),
      parameters: treeLeaves(made.params).reduce<number>((sum, leaf) => sum + (leaf as Tensor).size, 0),
      shape: computed.kernel.shape,
      dtype: job.dtype,
      averaged: computed.averaged,
      implementation: computed.implementation,
      seconds: computed.seconds,
      ...(computed.parts === null ? {} : layersOf(computed, sides, `${base}-layers.npz`)),
      ...(await analyse(job, sides, computed, { io, progress, base, write })),
      warnings: progress.warnings,
    }
    io.stdout.write(flags.json ? `${JSON.stringify(found)}\n` : describe(found))
  } catch (error) {
    throw new KeptError(error, `the kernel, in ${out}`)
  }
}

/** Rows of a batch are one sample with as many outputs: no blocks to stop between, and cotangents of whole batches. */
function warnOfCoupling({ spec, config }: Job, { x1 }: Sides, progress: Progress): void {
  if (config.get === 'nngp' || !JSON.stringify(spec).includes('"BatchNorm"')) return
  progress.warn(
    `Batch normalization makes all ${x1.shape[0]} samples depend on each other: they are one block, which takes long and does not stop in between.`,
  )
}

function layersOf({ parts }: Computed, { x2 }: Sides, file: string): Partial<EmpiricalSummary> {
  return { layersOut: file, ...(x2 === null && parts !== null ? { layers: sharesOf(parts) } : {}) }
}

interface Place {
  readonly io: Io
  readonly progress: Progress
  readonly base: string
  readonly write: (name: string, content: Uint8Array | string) => void
}

/** Spectrum and figure of a kernel of samples with themselves that is not too large. */
async function analyse(
  job: Job,
  { x2, title }: Sides,
  { kernel, averaged }: Computed,
  { io, progress, base, write }: Place,
): Promise<Partial<EmpiricalSummary>> {
  if (x2 !== null) return {}
  await breathe(io.signal)
  const size = kernelMatrix(kernel).shape[0] ?? 0
  if (size > spectrumLimit) {
    progress.note(`no spectrum: ${size} rows are more than ${spectrumLimit}`)
    return {}
  }
  const task = progress.task('spectrum and figure', 2)
  const { eigenvalues, conditionNumber, effectiveRank, trace } = await spectrum(kernel)
  const values = Array.from(await eigenvalues.data()).reverse()
  // Below this an eigenvalue is zero as far as the kernel's numbers can tell.
  const rounding = size * (job.dtype === 'float32' ? 2 ** -23 : 2 ** -52) * (values[0] ?? 0)
  const positive = values.filter((value) => value > rounding)
  const found: SpectrumSummary = {
    eigenvalues: values,
    rank: positive.length,
    conditionNumber: positive.length === size ? conditionNumber : null,
    effectiveRank,
    trace,
  }
  task.update(1)
  await breathe(io.signal)
  const kind = job.config.get === 'ntk' ? 'tangent kernel' : 'output kernel'
  const over = averaged === null ? 'all pairs of outputs' : meanOver(averaged)
  const condition =
    found.conditionNumber === null
      ? `singular, of rank ${found.rank}`
      : `condition number ${shortNumber(found.conditionNumber)}`
  const { json, svg, png } = await renderFigure(
    spectrumFigure(
      [{ name: job.title, eigenvalues: positive }],
      `The ${kind} of ${title} has effective rank ${shortNumber(effectiveRank)} of ${size}`,
      `at random parameters, seed ${job.seed}; ${over}; ${condition}`,
    ),
  )
  const figures = [`${base}-spectrum.svg`, `${base}-spectrum.png`, `${base}-spectrum.vl.json`]
  ;[svg, png, json].forEach((content, i) => {
    write(figures[i] as string, content)
  })
  task.done()
  return { spectrum: found, figures }
}

function meanOver(outputs: number): string {
  return outputs === 1 ? 'one output' : `mean over ${outputs} outputs`
}
