import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const source = join(import.meta.dirname, '../src')

/** Files that a file imports, types included. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/\bfrom '(\.[^']*)'|\bimport\(?\s*'(\.[^']*)'/g)]
    .map(([, a, b]) => join(dirname(file), (a ?? b) as string).replace(/\.js$/, '.ts'))
    .filter((path) => existsSync(path))
}

/** All files that a file leads to, each with the one that imports it. */
function reached(file: string): Map<string, string> {
  const seen = new Map([[file, '']])
  for (const [from] of seen) {
    for (const to of importsOf(from)) if (!seen.has(to)) seen.set(to, from)
  }
  return seen
}

describe('tensors know no engine', () => {
  const files = [
    'tensor.ts',
    'bind.ts',
    'scope.ts',
    ...readdirSync(join(source, 'ops')).map((f) => `ops/${f}`),
  ]

  test.each(files)('%s leads to no file of the CPU engine', (file) => {
    const engine = [...reached(join(source, file))]
      .filter(([path]) => relative(source, path).startsWith('cpu/'))
      .map(([path, from]) => `${relative(source, from)} imports ${relative(source, path)}`)
    expect(engine).toEqual([])
  })

  test('the entry brings the CPU engine', () => {
    expect(reached(join(source, 'index.ts')).has(join(source, 'cpu/backend.ts'))).toBe(true)
  })
})
