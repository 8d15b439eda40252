import { arch, cpus, platform, release, totalmem } from 'node:os'
import { ownVersion } from '../version.js'

/** What a run ran on, for reports. */
export function environment(): [string, string][] {
  const [cpu] = cpus()
  return [
    ['ntk', ownVersion()],
    ['Node', process.version],
    ['system', `${platform()} ${release()}, ${arch()}`],
    ['processor', `${cpu?.model.trim() ?? 'unknown'}, ${cpus().length} cores`],
    ['memory', `${(totalmem() / 2 ** 30).toFixed(1)} GB`],
  ]
}
