import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeNpy, encodeNpy, NtkError, type Tensor, unscoped } from '@ntk/tensor'
import { diskError, quietly, temporaryName, writeAtomic } from './atomic.js'
import type { RunDirectory } from './directory.js'
import { fromPlain, toPlain } from './plain.js'

/** What a finished stage leaves: values that JSON can hold (numbers need not be finite), and arrays. */
export interface StageOutput {
  readonly values: object
  readonly arrays: Readonly<Record<string, Tensor>>
}

/** A finished stage on the disk. */
export interface Saved {
  readonly output: StageOutput
  readonly seconds: number
  /** Forgets arrays that were read or made; they are read again when they are looked at. */
  release(): void
}

/** `stage.json`: written last, so that a stage that has one is whole. */
interface StageFile {
  readonly seconds: number
  /** Names of the stages whose results went in. */
  readonly needs: readonly string[]
  readonly values: unknown
  /** SHA-256 by the name of the file. */
  readonly files: Readonly<Record<string, string>>
}

const stageFile = 'stage.json'
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const fileOf = (array: string): string => `${array}.npy`

/** Arrays that are read when they are first looked at. */
function lazyArrays(
  run: RunDirectory,
  stage: string,
  names: readonly string[],
  known: Readonly<Record<string, Tensor>> = {},
): { arrays: Record<string, Tensor>; release: () => void } {
  const held = new Map(Object.entries(known))
  const arrays: Record<string, Tensor> = {}
  for (const name of names) {
    Object.defineProperty(arrays, name, {
      enumerable: true,
      get: (): Tensor => {
        // Others read it too, after the stage that looks at it first.
        const array = held.get(name) ?? unscoped(() => readArray(run, stage, name))
        held.set(name, array)
        return array
      },
    })
  }
  return { arrays, release: () => held.clear() }
}

function readArray(run: RunDirectory, stage: string, name: string): Tensor {
  try {
    return decodeNpy(new Uint8Array(readFileSync(run.file('stages', stage, fileOf(name)))))
  } catch (error) {
    throw new NtkError('file', {
      what: `${join(run.shown, 'stages', stage, fileOf(name))} was there and cannot be read any more.`,
      got: error instanceof Error ? error.message : String(error),
      fix: `Resume the run: what is missing is computed again.`,
      cause: error,
    })
  }
}

/** Writes a stage. Its folder appears only when everything in it is written: it is made aside and renamed. */
export function saveStage(
  run: RunDirectory,
  stage: { readonly name: string; readonly needs: readonly string[] },
  output: StageOutput,
  seconds: number,
): Saved {
  const { name, needs } = stage
  const values = toPlain(output.values, `the values of stage ${name}`)
  const final = join(run.folder('stages'), name)
  const aside = temporaryName(final)
  try {
    run.ops.remove(aside)
    mkdirSync(aside)
    const files: Record<string, string> = {}
    for (const [array, tensor] of Object.entries(output.arrays)) {
      const bytes = encodeNpy(tensor)
      writeAtomic(join(aside, fileOf(array)), bytes, run.ops)
      files[fileOf(array)] = sha256(bytes)
    }
    const kept: StageFile = { seconds, needs, values, files }
    writeAtomic(join(aside, stageFile), `${JSON.stringify(kept, null, 2)}\n`, run.ops)
    run.ops.remove(final)
    run.ops.rename(aside, final)
  } catch (error) {
    quietly(() => run.ops.remove(aside))
    // The inner message names a temporary file; the user knows the stage's folder.
    const cause = NtkError.isInstance(error) ? error.cause : error
    throw diskError(join(run.shown, 'stages', name), cause)
  }
  const { arrays, release } = lazyArrays(run, name, Object.keys(output.arrays), output.arrays)
  return { output: { values: output.values, arrays }, seconds, release }
}

/** The saved stage, or undefined where there is none, it had other inputs, or a file was cut or changed since. */
export function loadStage(
  run: RunDirectory,
  stage: { readonly name: string; readonly needs: readonly string[] },
): Saved | undefined {
  const { name, needs } = stage
  const path = run.file('stages', name, stageFile)
  if (!existsSync(path)) return undefined
  try {
    const kept: StageFile = JSON.parse(readFileSync(path, 'utf8'))
    if (JSON.stringify(kept.needs) !== JSON.stringify(needs)) return undefined
    for (const [file, hash] of Object.entries(kept.files))
      if (sha256(readFileSync(run.file('stages', name, file))) !== hash) return undefined
    const names = Object.keys(kept.files).map((file) => file.replace(/\.npy$/, ''))
    const { arrays, release } = lazyArrays(run, name, names)
    return { output: { values: Object(fromPlain(kept.values)), arrays }, seconds: kept.seconds, release }
  } catch {
    // What cannot be read is computed again.
    return undefined
  }
}
