import { createRequire } from 'node:module'

/** The version of this package, read from its package.json (one folder above both src and dist). */
export function ownVersion(): string {
  const found: unknown = createRequire(import.meta.url)('../package.json')
  const version =
    typeof found === 'object' && found !== null && 'version' in found ? found.version : undefined
  return typeof version === 'string' ? version : 'unknown'
}
