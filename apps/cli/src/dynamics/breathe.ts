import { NtkError } from '@ntk/tensor'

/** Gives signals and the terminal a turn. Throws NtkError `aborted` after an abort. */
export async function breathe(signal: AbortSignal): Promise<void> {
  await new Promise((go) => setImmediate(go))
  if (signal.aborted) throw new NtkError('aborted', { what: 'Interrupted.' })
}
