import { describe, expect, test } from 'vitest'
import { snippetFile, snippetsOf } from '../scripts/snippets.js'

const page = (...lines: string[]): string => ['# Title', '', ...lines, ''].join('\n')

describe('the programs of a page', () => {
  test('are its ts fences, with the line of the fence', () => {
    const { snippets, problems } = snippetsOf(
      'a/b.md',
      page('```ts', 'const a = 1', '```', '', '```ts no-run', 'const b = 2', '```'),
    )
    expect(problems).toEqual([])
    expect(snippets).toEqual([
      { page: 'a/b.md', line: 3, code: 'const a = 1', runs: true },
      { page: 'a/b.md', line: 7, code: 'const b = 2', runs: false },
    ])
    expect(snippets.map(snippetFile)).toEqual(['a__b.line-3.ts', 'a__b.line-7.norun.ts'])
  })

  test('may stand in a list, where their indentation is taken off', () => {
    const { snippets } = snippetsOf('p.md', page('- item', '  ```ts', '  f(`', '    x`)', '  ```'))
    expect(snippets.map(({ code }) => code)).toEqual(['f(`\n  x`)'])
  })

  test('do not include fences of other languages, nor what a fence with more marks shows', () => {
    const { snippets, problems } = snippetsOf(
      'p.md',
      page('```sh', 'npm test', '```', '````md', '```ts', 'const a = 1', '```', '````'),
    )
    expect({ snippets, problems }).toEqual({ snippets: [], problems: [] })
  })

  test('include commands that are said to run', () => {
    const { commands } = snippetsOf(
      'p.md',
      page('```sh run', 'ntk --version', '```', '```sh', 'rm -rf x', '```'),
    )
    expect(commands).toEqual([{ line: 3, code: 'ntk --version' }])
  })

  test('are told with what they print', () => {
    const { snippets } = snippetsOf(
      'p.md',
      page('```ts', 'f()', '```', 'gives', '```text prints', '1', '2', '```'),
    )
    expect(snippets).toEqual([{ page: 'p.md', line: 3, code: 'f()', runs: true, prints: '1\n2' }])
  })

  test.each([
    ['something printed by nothing', ['```text prints', '1', '```']],
    ['a fence of javascript', ['```javascript', 'f()', '```']],
    ['a fence of TypeScript by its long name', ['```typescript', 'f()', '```']],
    ['a program without a language', ['```', "import { a } from 'a'", '```']],
    ['an unknown word', ['```ts norun', 'f()', '```']],
    ['a silenced error', ['```ts', '// @ts-expect-error', 'f()', '```']],
    ['a fence without an end', ['```ts', 'f()']],
  ])('%s is a problem, since it would escape the check', (_, lines) => {
    expect(snippetsOf('p.md', page(...lines)).problems).toHaveLength(1)
  })
})
