/** Two versions of @ntk/tensor in one folder, as a user gets them who updates it alone. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from '../process.js'
import { type Archive, filesOfArchive } from './archives.js'
import { installInto } from './as-user.js'

/** What a user's program sees; `works` is the error, or what came out. */
const program = `
import { grad } from '@ntk/autodiff'
import { kernelFn } from '@ntk/kernels-analytic'
import { Dense, Relu, serial } from '@ntk/stax'
import { exp, key, sum, tensor } from '@ntk/tensor'

const attempt = async (work) => {
  try {
    return await work()
  } catch (error) {
    return { code: error.code ?? 'none', message: error.message }
  }
}
const x = tensor([[1, 2], [3, 4]])
const net = serial(Dense(8), Relu(), Dense(1))
console.log(JSON.stringify({
  alone: exp(tensor([0])).toNested(),
  derivative: await attempt(() => grad((y) => sum(exp(y)))(x).toNested()),
  kernel: await attempt(async () => (await kernelFn(net)(x, null, { get: 'ntk' })).toNested()),
  network: await attempt(() => net.apply(net.init(key(0), [-1, 2]).params, x).shape),
}))
`

interface Refusal {
  readonly code: string
  readonly message: string
}

type Outcome = Refusal | readonly unknown[]

interface Seen {
  readonly alone: unknown
  readonly derivative: Outcome
  readonly kernel: Outcome
  readonly network: Outcome
}

function isRefusal(outcome: Outcome): outcome is Refusal {
  return 'code' in outcome
}

/** The archive of `@ntk/tensor` as a later version, unpacked into `folder`; returns what went wrong. */
function laterVersion(archive: Archive, version: string, folder: string): string | null {
  let named = 0
  for (const [name, content] of filesOfArchive(archive.path)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    if (name === 'package/package.json') {
      writeFileSync(path, JSON.stringify({ ...archive.manifest, version }, null, 2))
    } else if (name.endsWith('.js')) {
      const text = content.toString('utf8')
      const own = JSON.stringify(archive.manifest.version)
      if (text.includes(own)) named += 1
      writeFileSync(path, text.replaceAll(own, JSON.stringify(version)))
    } else writeFileSync(path, content)
  }
  if (named === 1) return null
  return `@ntk/tensor: ${named} of its built files name its version, where one should (thisCopy in src/copies.ts)`
}

/** Installs a later @ntk/tensor beside packages that need the present one; each use must work or be refused by name. */
export async function checkTwoVersions(
  archives: readonly Archive[],
  temporary: string,
  registry: string,
  userconfig: string,
): Promise<string[]> {
  const archive = archives.find(({ manifest }) => manifest.name === '@ntk/tensor')
  if (archive === undefined) return ['@ntk/tensor was not packed']
  const [major = 0, minor = 0] = archive.manifest.version.split('.').map(Number)
  const [old, later] = [archive.manifest.version, `${major}.${minor + 1}.0`]
  const wrong = laterVersion(archive, later, join(temporary, 'later'))
  if (wrong !== null) return [wrong]
  const options = [
    '--tag',
    'later',
    '--provenance=false',
    `--registry=${registry}`,
    `--userconfig=${userconfig}`,
  ]
  const published = await run('npm', ['publish', join(temporary, 'later/package'), ...options], {
    cwd: temporary,
  })
  if (!published.ok) return [`two versions: npm publish\n${published.output}`]

  const folder = join(temporary, 'two-versions')
  const asked = ['@ntk/autodiff', '@ntk/kernels-analytic', '@ntk/stax', `@ntk/tensor@${later}`]
  const refused = await installInto(folder, asked, userconfig)
  if (refused !== null) return [`two versions: npm install ${asked.join(' ')}\n${refused}`]
  const installed = (path: string): string | null => {
    const file = join(folder, 'node_modules', path, '@ntk/tensor/package.json')
    if (!existsSync(file)) return null
    const { version }: { version: string } = JSON.parse(readFileSync(file, 'utf8'))
    return version
  }
  const places = [installed(''), installed('@ntk/autodiff/node_modules')]
  if (places[0] !== later || places[1] !== old) {
    return [`two versions: npm put ${places.join(' and ')} where ${later} and ${old} were due`]
  }
  writeFileSync(join(folder, 'program.js'), program)
  const { ok, output } = await run(process.execPath, ['program.js'], { cwd: folder })
  if (!ok) return [`two versions: the program did not run\n${output}`]
  const { alone, ...mixed }: Seen = JSON.parse(output)
  const problems =
    JSON.stringify(alone) === '[1]' ? [] : ['two versions: the one that was asked for does not work']
  for (const [use, outcome] of Object.entries(mixed)) {
    if (!isRefusal(outcome)) continue
    const { code, message } = outcome
    if (code !== 'copies' || !message.includes(old) || !message.includes('npm ls')) {
      problems.push(`two versions: ${use} is refused, but not by name: ${code}: ${message}`)
    }
  }
  const both =
    isRefusal(mixed.derivative) &&
    [old, later].every((v) => (mixed.derivative as Refusal).message.includes(v))
  if (!both)
    problems.push(`two versions: the derivative does not name both: ${JSON.stringify(mixed.derivative)}`)
  return problems
}
