/**
 * What the site is made of beside its own files: results of the demos at their first settings (`src/generated/`). Runs on the sources of
 * the packages, so that the manual needs no build of them.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stills } from '../src/demos/stills.js'

/** Six digits are more than a picture shows, and pages stay small. */
const short = (_: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(6)) : value

const generated = join(import.meta.dirname, '../src/generated')
mkdirSync(generated, { recursive: true })
for (const [name, compute] of Object.entries(stills)) {
  writeFileSync(join(generated, `${name}.still.json`), JSON.stringify(await compute(), short))
}
