// Compiles assembly/*.ts to one WebAssembly module and writes it, deflated and as base64, into src/generated/wasm.ts: as heavy as a
// compressed file of its own, without an address that a bundler would have to know.
// Does nothing when neither a source nor this script nor the compiler changed since.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deflateRawSync } from 'node:zlib'
import asc from 'assemblyscript/asc'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const output = join(root, 'src/generated/wasm.ts')

// No fused multiply-add and no relaxed SIMD: the numbers are the same on every machine, and Node 20 has neither by default.
// Threads: tasks are taken by an atomic counter, which works on memory of one's own too.
// The memory is imported and has a maximum, so that the loader can make it a shared one (src/cpu/wasm/module.ts).
const flags = '-O3 --enable simd --enable threads --runtime stub --noAssert --uncheckedBehavior always'
  .concat(' --importMemory --initialMemory 16 --maximumMemory 65536')
  .split(' ')

async function sourceHash() {
  const hash = createHash('sha256').update(flags.join(' '))
  hash.update(createRequire(import.meta.url)('assemblyscript/package.json').version)
  hash.update(await readFile(fileURLToPath(import.meta.url)))
  const folder = join(root, 'assembly')
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts')).sort()
  for (const name of names) hash.update(name).update(await readFile(join(folder, name)))
  return hash.digest('hex')
}

const hash = await sourceHash()
const present = await readFile(output, 'utf8').catch(() => '')
if (present.includes(hash)) process.exit(0)

let binary
const { error, stderr } = await asc.main(
  ['assembly/index.ts', '--baseDir', root, '-o', 'kernels.wasm', ...flags],
  {
    readFile: (name, base) => readFile(join(base, name), 'utf8').catch(() => null),
    writeFile: (name, contents) => {
      if (name.endsWith('.wasm')) binary = contents
    },
  },
)
if (error || !binary) {
  console.error(stderr.toString())
  throw error ?? new Error('the AssemblyScript compiler wrote no binary')
}

// Less memory means shorter blocks, each with a code table of its own. How short is best depends on the module: code and tables alternate in it.
const [deflated] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
  .map((memLevel) => deflateRawSync(binary, { level: 9, memLevel }))
  .sort((a, b) => a.length - b.length)

const text = `// Written by scripts/build-wasm.mjs from assembly/; sources ${hash}
export const wasmLength: number = ${binary.length}
export const wasmDeflated: string =
  '${deflated.toString('base64')}'
`
await mkdir(dirname(output), { recursive: true })
await writeFile(`${output}.${process.pid}`, text)
await rename(`${output}.${process.pid}`, output)
console.log(`src/generated/wasm.ts: ${binary.length} bytes of WebAssembly`)
