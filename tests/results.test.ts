import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { knownExperiments } from '@ntk/cli/results'
import { describe, expect, it } from 'vitest'
import { readme, resultsTable, withTable } from '../scripts/results-table.js'
import { root } from '../scripts/workspace.js'

describe('results in the repository', () => {
  it('are those of the standard preset of every experiment', async () => {
    const known = (await knownExperiments()).map(({ name }) => name).sort()
    const folders = readdirSync(join(root, 'results'), { withFileTypes: true })
    expect(
      folders
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .sort(),
    ).toEqual(known)
    for (const name of known) {
      const { preset } = JSON.parse(readFileSync(join(root, 'results', name, 'command.json'), 'utf8'))
      expect(preset, name).toBe('standard')
      expect(existsSync(join(root, 'results', name, 'figures')), name).toBe(true)
    }
  })

  it('stand in the README of the command line as they are', async () => {
    const text = readFileSync(readme, 'utf8')
    expect(withTable(text, await resultsTable()) === text, 'run pnpm exec tsx scripts/results-table.ts').toBe(
      true,
    )
  })
})
