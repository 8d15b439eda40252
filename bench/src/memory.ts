import { readFileSync, writeFileSync } from 'node:fs'

/** Forgets the peak of this process's resident memory. Linux only; elsewhere nothing happens. */
export function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5')
  } catch {
    // no such file: `peakMegabytes` then answers null or the peak of the whole process
  }
}

/** The largest resident memory since `forgetPeak`, in MB; null where the system does not tell. */
export function peakMegabytes(): number | null {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    return kilobytes === undefined ? null : Number(kilobytes) / 1024
  } catch {
    return null
  }
}
