import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { cpuBackend } from '@ntk/tensor'
import { fileError, readSafetensors, writeSafetensors } from '@ntk/tensor/node'
import { requireText } from '@ntk/tensor/options'
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.js'
import type { CheckpointStore } from './checkpoint-store.js'

/**
 * Keeps a training in one safetensors file, for `checkpoint` of `train`: parameters, the optimizer's state, the evaluations so far, and what
 * run it is. It is written under a temporary name and renamed, so that a process that is killed at any moment leaves the last
 * whole one, from which the same call goes on to the same bytes. One process at a time may train with a path.
 *
 * While training: NtkError 'file' or 'disk' where it cannot be read or written, 'data' where it is no whole checkpoint, and
 * 'conflict' where it is that of another run: of another network or function, optimizer, data, batch size or key.
 */
export function fileCheckpoint(path: string): CheckpointStore {
  requireText(path, 'path of fileCheckpoint')
  return {
    async load(like, run) {
      await removeLeftovers(path)
      if (!existsSync(path)) return null
      return decodeCheckpoint(await readSafetensors(path, { backend: cpuBackend() }), like, run, path)
    },
    async save(state, run) {
      const { tensors, metadata } = encodeCheckpoint(state, run)
      await writeSafetensors(path, tensors, { metadata })
    },
  }
}

/** Temporary files of processes that were killed while they wrote. */
async function removeLeftovers(path: string): Promise<void> {
  const [folder, name] = [dirname(path), basename(path)]
  try {
    for (const file of existsSync(folder) ? await readdir(folder) : []) {
      if (file.startsWith(`${name}.`) && /^\.[0-9a-f-]{36}\.tmp$/.test(file.slice(name.length))) {
        await rm(join(folder, file), { force: true })
      }
    }
  } catch (error) {
    throw fileError(error, path, 'read')
  }
}
