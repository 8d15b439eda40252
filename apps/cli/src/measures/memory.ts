import { totalmem } from 'node:os'
import { NtkError } from '@ntk/tensor'

/** What a setting makes a command hold. */
export interface MemoryNeed {
  /** The setting to blame: `data.train (--train)`. */
  readonly setting: string
  readonly value: string
  /** What is held: `images`. */
  readonly what: string
  /** At least so many bytes: an estimate must not refuse what works. */
  readonly bytes: number
}

/** What this process may use: the memory of the machine, or less where its container has a limit. */
export function memoryLimit(): number {
  const constrained = process.constrainedMemory?.()
  return constrained === undefined || constrained <= 0 ? totalmem() : Math.min(constrained, totalmem())
}

/** Bytes as a person reads them: `2.3 GB`, `5.7 TB`. */
export function showBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']
  const step = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10)))
  const size = bytes / 2 ** (10 * step)
  if (size >= 1e4) return `more than 1000 ${units[step]}`
  return `${step === 0 ? size : size.toFixed(1)} ${units[step]}`
}

/**
 * Refuses work that needs more memory than there is, before any of it is done.
 *
 * @throws NtkError `config` naming the setting that needs the most
 */
export function requireMemory(needs: readonly MemoryNeed[], limit: number = memoryLimit()): void {
  const total = needs.reduce((sum, { bytes }) => sum + bytes, 0)
  if (total <= limit) return
  const [most] = [...needs].sort((a, b) => b.bytes - a.bytes)
  if (most === undefined) return
  throw new NtkError('config', {
    what: `${most.setting} asks for more than the memory of this machine.`,
    got: `${most.value}: ${showBytes(most.bytes)} for ${most.what}, where there are ${showBytes(limit)}`,
    fix: 'Take less of it.',
  })
}
