// Runs after every install, also when only production dependencies are there: plain JavaScript, no packages.
import { existsSync } from 'node:fs'

const build = new URL('../packages/tensor/scripts/build-wasm.mjs', import.meta.url)
if (existsSync(build)) await import(build.href)
