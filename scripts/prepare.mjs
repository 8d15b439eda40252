// Runs after every install, also when only production dependencies are there: plain JavaScript, no packages.
import { existsSync } from 'node:fs'

// build-wasm comes last: where its result is up to date it ends the process.
for (const script of ['stax/scripts/write-layers.mjs', 'tensor/scripts/build-wasm.mjs']) {
  const file = new URL(`../packages/${script}`, import.meta.url)
  if (existsSync(file)) await import(file.href)
}
