/**
 * Whether error bars of findings are honest: of runs of the same experiments with two seeds, in two folders of runs, how many findings agree within two of
 * their error bars (of the difference). Findings that are the same to the bit do not depend on the seed, and do not count.
 *
 *     ntk experiment run ... --preset quick --set seed=11 --out one
 *     ntk experiment run ... --preset quick --set seed=12 --out two
 *     tsx scripts/two-seeds.ts one two
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Finding {
  readonly statement: string
  readonly value: unknown
  readonly uncertainty: unknown
}

/** Findings of all finished runs in a folder, by experiment and name. */
function findingsIn(folder: string): Map<string, Finding> {
  const all = new Map<string, Finding>()
  for (const run of readdirSync(folder)) {
    const file = join(folder, run, 'results.json')
    if (!existsSync(file)) continue
    const { experiment, findings } = JSON.parse(readFileSync(file, 'utf8')) as {
      readonly experiment: string
      readonly findings: readonly (Finding & { readonly name: string })[]
    }
    for (const finding of findings) all.set(`${experiment}, ${finding.name}`, finding)
  }
  return all
}

const [first, second] = process.argv.slice(2)
if (first === undefined || second === undefined) throw new Error('two-seeds.ts takes two folders of runs')
const [one, two] = [findingsIn(first), findingsIn(second)]
const apart: string[] = []
let count = 0
for (const [name, a] of one) {
  const b = two.get(name)
  if (b === undefined) continue
  const numbers = [a.value, a.uncertainty, b.value, b.uncertainty]
  if (!numbers.every((x) => typeof x === 'number' && Number.isFinite(x)) || a.value === b.value) continue
  const [x = 0, dx = 0, y = 0, dy = 0] = numbers as number[]
  count += 1
  const bars = Math.abs(x - y) / Math.hypot(dx, dy)
  if (!(bars <= 2))
    apart.push(`${bars.toFixed(1)} error bars: ${name}: ${a.statement}: ${x} ± ${dx}, ${y} ± ${dy}`)
}
for (const line of apart) console.log(line)
const share = (count - apart.length) / count
console.log(
  `${count - apart.length} of ${count} findings agree within two error bars, ${(100 * share).toFixed(0)} %`,
)
process.exitCode = share >= 0.9 ? 0 : 1
