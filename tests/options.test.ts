/**
 * Every function with options refuses what it does not know, by table. A row gives a function and a good value for each of its
 * options; the tests take them away, misspell them and spoil them one by one. Options types that no row names fail the last test.
 */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { key, NtkError, normal, ones } from '@ntk/tensor'
import ts from 'typescript'
import { afterAll, describe, expect, test } from 'vitest'
import { filesUnder, root } from '../scripts/workspace.js'
import { folder } from './option-rows/folder.js'
import { rows } from './option-rows/index.js'
import type { Row } from './option-rows/row.js'

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** 'works', or the code and message of the NtkError; other errors are thrown. */
async function outcome(row: Row, options: unknown): Promise<string> {
  try {
    await row.call(options as never)
    return 'works'
  } catch (error) {
    if (NtkError.isInstance(error)) return `${error.code}: ${error.message}`
    throw error
  }
}

/** Refused for its options, not for what ends even good ones. */
const refused = /^(option|value|dtype|axis|spec): /

const snake = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/([a-z])(\d)$/, '$1_$2')

const junk: readonly unknown[] = [
  -1,
  0.5,
  'junk',
  true,
  7n,
  Symbol('junk'),
  {},
  [],
  ['junk'],
  { junk: 1 },
  () => undefined,
  normal(key(0), [2]),
  new Map(),
]

describe.each(rows)('$name', (row) => {
  const names = Object.keys(row.good)
  const works = row.fails === undefined ? /^works$/ : new RegExp(`^${row.fails}: `)

  test('takes good options, and undefined for those that may be left out', async () => {
    expect(await outcome(row, row.good)).toMatch(works)
    for (const name of names) {
      const without = await outcome(row, { ...row.good, [name]: undefined })
      if (row.required?.includes(name)) expect(without, name).not.toBe('works')
      else if (name !== 'kTestTrain') expect(without, name).toMatch(works)
    }
  })

  test('refuses a number, a string, null, a list and a promise in place of its options', async () => {
    for (const wrong of [5, 0.5, 'junk', null, [1], Promise.resolve(row.good), ones([2])]) {
      const got = await outcome(row, wrong)
      expect(got, String(wrong)).toMatch(/takes its options by name/)
    }
  })

  test('refuses words that it does not know and names the nearest', async () => {
    expect(await outcome(row, { ...row.good, zzzzzzzzz: 1 })).toMatch(/no option "zzzzzzzzz"\. Known are/)
    for (const name of names.filter((n) => n.length > 3)) {
      const slip = name.slice(0, -1)
      // A slip that two options are as near to names one of them.
      if (names.includes(slip) || names.some((n) => n !== name && n.slice(0, -1) === slip)) continue
      expect(await outcome(row, { ...row.good, [slip]: row.good[name] })).toMatch(
        new RegExp(`no option "${slip}"\\. Did you mean "${name}"\\?`),
      )
    }
  })

  test("understands Python's spelling", async () => {
    for (const name of names.filter((n) => snake(n) !== n)) {
      expect(await outcome(row, { ...row.good, [snake(name)]: row.good[name] })).toMatch(
        new RegExp(`no option "${snake(name)}"\\. Did you mean "${name}"\\?`),
      )
    }
  })

  test('refuses NaN and null where they are no value', async () => {
    for (const name of names.filter((n) => !row.open?.includes(n))) {
      const nan = await outcome(row, { ...row.good, [name]: Number.NaN })
      if (row.nan?.includes(name)) expect(nan, name).toBe('works')
      else expect(nan, name).toMatch(refused)
      const none = await outcome(row, { ...row.good, [name]: null })
      if (row.nullable?.includes(name)) expect(none, name).not.toMatch(/needs an? option/)
      else if (!(row.type === 'TrainOptions' && name === 'params')) expect(none, name).toMatch(refused)
    }
  })

  test('ends in no other error whatever its options hold', async () => {
    for (const name of names) {
      for (const value of junk) await outcome(row, { ...row.good, [name]: value })
    }
  })
})

/** Interfaces of the packages' sources, with the names of their own members and of what they extend. */
function interfaces(packages: readonly string[]): Map<string, { members: string[]; parents: string[] }> {
  const found = new Map<string, { members: string[]; parents: string[] }>()
  const files = packages.flatMap((name) => filesUnder(`packages/${name}/src`, /\.ts$/))
  for (const path of files) {
    const source = ts.createSourceFile(
      path,
      readFileSync(join(root, path), 'utf8'),
      ts.ScriptTarget.ES2022,
      true,
    )
    for (const statement of source.statements) {
      if (!ts.isInterfaceDeclaration(statement)) continue
      found.set(statement.name.text, {
        members: statement.members.flatMap((m) => (m.name === undefined ? [] : [m.name.getText()])),
        parents: (statement.heritageClauses ?? []).flatMap((h) => h.types.map((t) => t.expression.getText())),
      })
    }
  }
  return found
}

/** Options of functions that a row would say nothing of: of the innermost call of a training, and of test suites. */
const apart = new Set([
  'StepOptions',
  // a record inside of the option `choose`, of which @ntk/regression's own tests say more
  'ChooseOptions',
  // those of a kernel in memory: a part of KernelSinkOptions
  'KernelFnOptions',
  // likewise of empirical kernels
  'CallOptions',
  'EmpiricalKernelOptions',
  'WalkCallOptions',
  'ContractOptions',
  'CaseOptions',
  'CompositeContractOptions',
  // one word, which the package's own tests spoil
  'TfjsOptions',
])

test('each exported type of options has a row, and each row a value for every option of its type', () => {
  const packages = [
    'tensor',
    'autodiff',
    'dynamics',
    'optim',
    'datasets',
    'kernels-analytic',
    'kernels-empirical',
    'tiles',
    'regression',
    'backend-tfjs',
  ]
  const known = interfaces(packages)
  const membersOf = (type: string): string[] => {
    const { members, parents } = known.get(type) ?? { members: [], parents: [] }
    return [...parents.flatMap(membersOf), ...members]
  }
  for (const { name, type, good } of rows) {
    if (type === null) continue
    expect(Object.keys(good).toSorted(), name).toEqual(membersOf(type).toSorted())
  }
  const exported = packages
    .flatMap((name) => filesUnder(`packages/${name}/src`, /(^|\/)(index|node)\.ts$/))
    .flatMap((path) => readFileSync(join(root, path), 'utf8').match(/\b[A-Z]\w*(?:Options|Input)\b/g) ?? [])
  const types = rows.flatMap((row) => row.type ?? [])
  const rowed = new Set(types.flatMap((type) => [type, ...(known.get(type)?.parents ?? [])]))
  const without = [...new Set(exported)].filter(
    (type) => known.has(type) && !rowed.has(type) && !apart.has(type),
  )
  expect(without).toEqual([])
})
