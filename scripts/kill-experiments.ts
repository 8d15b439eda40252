/**
 * Experiments whose process is killed (SIGKILL) at random moments and that are resumed must end with the bytes of a run that nobody killed: metrics, results,
 * figures, and what stages keep. All experiments, or those named; the command has to be built (`turbo run build:js --filter=@ntk/cli...`).
 *
 *     tsx scripts/kill-experiments.ts [NAME...] [--preset quick] [--data glyphs] [--kills 3] [--seed 1]
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { root } from './workspace.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    preset: { type: 'string', default: 'quick' },
    data: { type: 'string' },
    kills: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
  },
})
const bin = join(root, 'apps/cli/dist/bin.js')
if (!existsSync(bin)) throw new Error(`${bin} is missing: turbo run build:js --filter=@ntk/cli...`)

/** Numbers in (0, 1) by a linear congruence, so that a seed tells when processes are killed. */
let state = Number(values.seed)
function random(): number {
  state = (state * 48_271) % 2_147_483_647
  return state / 2_147_483_647
}

const listed = spawnSync(process.execPath, [bin, 'experiment', 'list', '--json'], { encoding: 'utf8' })
const all = (JSON.parse(listed.stdout) as { readonly experiments: readonly { readonly name: string }[] })
  .experiments
const names = positionals.length > 0 ? positionals : all.map(({ name }) => name)

/** Files that hold times, or where the run lies. */
const ofTheirOwn = /(?:^|\/)(?:command\.json|config\.yaml|environment\.json|report\.html|stage\.json)$/

function filesOf(folder: string): Map<string, Buffer> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort()
  return new Map(
    paths.map((path) => [relative(folder, path), ofTheirOwn.test(path) ? Buffer.of() : readFileSync(path)]),
  )
}

/** The one run in a folder; null where none has begun. */
function runIn(out: string): string | null {
  const run = existsSync(out) ? readdirSync(out)[0] : undefined
  return run === undefined ? null : join(out, run)
}

/** Runs to the end, or for so many milliseconds. Whether it came to its end. */
async function run(name: string, out: string, most = Infinity): Promise<boolean> {
  const before = runIn(out)
  const data = values.data === undefined ? [] : ['--data', values.data]
  const fresh = [name, '--preset', values.preset, '--out', out, ...data]
  const args = ['experiment', 'run', ...(before === null ? fresh : ['--resume', before])]
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (text) => {
    said += String(text)
  })
  const end = new Promise<number | null>((done) => child.on('close', done))
  if (most === Infinity) {
    const status = await end
    if (status !== 0) throw new Error(`${name} ended with ${status}: ${said.slice(-400)}`)
    return true
  }
  const status = await Promise.race([end, pause(most, 'late' as const)])
  if (status !== 'late') return true
  child.kill('SIGKILL')
  await end
  return false
}

const folder = mkdtempSync(join(tmpdir(), 'ntk-kill-experiments-'))
const wrong: string[] = []
for (const name of names) {
  const [whole, killed] = [join(folder, name, 'whole'), join(folder, name, 'killed')]
  const start = performance.now()
  await run(name, whole)
  const duration = performance.now() - start
  let kills = 0
  for (let i = 0; i < Number(values.kills); i++) {
    // later and later, as what is finished is not done again
    const ended = await run(name, killed, duration * (0.15 + 0.5 * random()))
    if (ended) break
    kills += 1
  }
  await run(name, killed)
  const [one, two] = [filesOf(runIn(whole) as string), filesOf(runIn(killed) as string)]
  const differ = [...new Set([...one.keys(), ...two.keys()])].filter(
    (file) => one.get(file)?.equals(two.get(file) ?? Buffer.of(0)) !== true,
  )
  if (differ.length > 0) wrong.push(name)
  const verdict =
    differ.length === 0 ? `${one.size} files the same` : `differ: ${differ.slice(0, 8).join(', ')}`
  console.log(`${name}: ${(duration / 1000).toFixed(1)} s, killed ${kills} times, ${verdict}`)
  rmSync(join(folder, name), { recursive: true, force: true })
}
rmSync(folder, { recursive: true, force: true })
console.log(`${names.length - wrong.length} of ${names.length} experiments end with the same bytes`)
process.exitCode = wrong.length === 0 ? 0 : 1
