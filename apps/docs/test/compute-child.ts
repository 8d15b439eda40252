/**
 * What Node computes for the questions on stdin, with the engine that a page has: the machine's BLAS, with other last digits, is off by
 * `NTK_BLAS`, which is read when a process starts. Structured clones go in and out, for JSON has no infinity.
 */
import { deserialize, serialize } from 'node:v8'
import { unheard } from '../src/worker/job.js'
import { jobNamed } from '../src/worker/jobs.js'

export interface Asked {
  readonly job: string
  readonly settings: unknown
}

const chunks: Buffer[] = []
for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
const questions: readonly Asked[] = deserialize(Buffer.concat(chunks))
const results: unknown[] = []
for (const { job, settings } of questions) results.push(await (await jobNamed(job))(settings, unheard))
process.stdout.write(serialize(results))
