import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const source = fileURLToPath(new URL('../src', import.meta.url))

/** Every relative import of every source file, both from `src` on. */
function imports(): [from: string, to: string][] {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  return files.flatMap((file) => {
    const text = readFileSync(join(source, file), 'utf8')
    const specifiers = [...text.matchAll(/(?:from|import\(|import)\s*'(\.[^']*)'/g)].map(
      (match) => match[1] ?? '',
    )
    const folder = relative(source, join(source, dirname(file)))
    return specifiers.map((specifier): [string, string] => [file, posix.join(folder, specifier)])
  })
}

/** `dynamics` of `commands/dynamics/setup.ts`; undefined for what belongs to no command. */
const commandOf = (file: string): string | undefined => /^commands\/([^/]+)\//.exec(file)?.[1]

describe('commands', () => {
  const all = imports()

  it('do not import from each other: what two of them use stands in a folder beside them', () => {
    expect(new Set(all.map(([from]) => commandOf(from))).size).toBeGreaterThan(5)
    const wrong = all.filter(([from, to]) => {
      const [own, other] = [commandOf(from), commandOf(to)]
      return own !== undefined && other !== undefined && own !== other
    })
    expect(wrong).toEqual([])
  })

  it('are known to the command line alone', () => {
    const wrong = all.filter(
      ([from, to]) => commandOf(from) === undefined && commandOf(to) !== undefined && from !== 'app.ts',
    )
    expect(wrong).toEqual([])
  })

  it('are not what the frame of experiments knows', () => {
    const frame = [
      'experiment',
      'frame',
      'settings',
      'runs',
      'report',
      'progress',
      'text',
      'measures',
      'threads',
      'figures',
    ]
    const own = (file: string): boolean => frame.some((folder) => file.startsWith(`${folder}/`))
    const outside = all.filter(([from, to]) => own(from) && !own(to) && to !== 'version.js')
    expect(outside).toEqual([])
  })
})
