import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import type { Asked } from './compute-child.js'

/** What Node computes for the same questions. */
export function onNode(questions: readonly Asked[]): unknown[] {
  const child = join(import.meta.dirname, 'compute-child.ts')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=@ntk/source', '--import', 'tsx', child],
    {
      input: serialize(questions.map(({ job, settings }) => ({ job, settings }))),
      cwd: import.meta.dirname,
      env: { ...process.env, NTK_BLAS: 'off' },
      maxBuffer: 2 ** 28,
    },
  )
  if (status !== 0) throw new Error(stderr.toString())
  return deserialize(stdout)
}
