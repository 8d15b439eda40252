// Runs after every install, also when only production dependencies are there: plain JavaScript, no packages.
import { existsSync } from 'node:fs'

for (const script of ['tensor/scripts/build-wasm.mjs', 'stax/scripts/write-layers.mjs']) {
  const file = new URL(`../packages/${script}`, import.meta.url)
  if (existsSync(file)) await import(file.href)
}
