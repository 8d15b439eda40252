import { NtkError } from '@ntk/tensor'

/** A mutant that ended as none should. */
export interface Fault {
  readonly round: number
  /** 'TypeError: ...', how long it took, or how much memory. */
  readonly what: string
  readonly of: string
}

/** Milliseconds of work (not of waiting for a busy machine) after which a mutant counts as one that hangs, and bytes after which as one that takes all memory. */
const patience = 3000
const room = 256 * 2 ** 20

/** Does `work`, which may end in an NtkError and in nothing else, soon and in little memory. Null where it did. */
export async function attempt(
  round: number,
  of: () => string,
  work: () => unknown,
): Promise<{ readonly worked: boolean; readonly fault: Fault | null }> {
  const start = process.cpuUsage()
  const held = process.memoryUsage().arrayBuffers
  let wrong: string | null = null
  let worked = false
  try {
    await work()
    worked = true
  } catch (error) {
    if (!NtkError.isInstance(error))
      wrong = error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  const { user, system } = process.cpuUsage(start)
  const took = (user + system) / 1000
  // What was let go of may still count: the collector comes when it likes, and seldom after so little.
  const made = process.memoryUsage().arrayBuffers - held
  if (wrong === null && took > patience) wrong = `took ${Math.round(took)} ms`
  if (wrong === null && made > room) wrong = `made ${Math.round(made / 2 ** 20)} MiB of arrays`
  return { worked, fault: wrong === null ? null : { round, what: wrong, of: of() } }
}

/**
 * What one run does: FUZZ_SEED, FUZZ_ROUNDS and FUZZ_MINUTES of the environment, which `pnpm fuzz` sets. Half of the minutes are for
 * arguments, a quarter each for files and for configs and specs.
 */
export const plan: { readonly seed: number; readonly rounds: number; readonly minutes: number } = {
  seed: Number(process.env['FUZZ_SEED'] ?? 1),
  rounds: Number(process.env['FUZZ_ROUNDS'] ?? 40),
  minutes: Number(process.env['FUZZ_MINUTES'] ?? 0),
}

/** Rounds of `one`, at least `rounds` and until `minutes` are over: how many there were, how many worked, and what went wrong. */
export async function rounds(
  count: number,
  minutes: number,
  one: (round: number) => Promise<{ readonly worked: boolean; readonly fault: Fault | null }>,
): Promise<{ readonly done: number; readonly worked: number; readonly faults: readonly Fault[] }> {
  const end = Date.now() + minutes * 60_000
  const faults: Fault[] = []
  let worked = 0
  let done = 0
  for (; done < count || Date.now() < end; done++) {
    const result = await one(done)
    if (result.worked) worked++
    if (result.fault !== null) faults.push(result.fault)
    // Ten say as much as a thousand of the same kind.
    if (faults.length >= 10) break
  }
  return { done, worked, faults }
}
