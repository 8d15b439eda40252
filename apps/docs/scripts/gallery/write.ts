import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { knownExperiments, readResults } from '@ntk/cli/results'
import type { Group } from '../../src/site/sidebar.js'
import { byPaper, overview } from './overview.js'
import { experimentPage } from './page.js'

/**
 * Writes a page for every experiment that has results in `from` (as `ntk experiment report --out` writes them), its figures,
 * and the overview, into a folder of their own; gives its sidebar.
 */
export async function writeGallery(from: string, to: string): Promise<Group[]> {
  rmSync(to, { recursive: true, force: true })
  mkdirSync(to, { recursive: true })
  const known = await knownExperiments()
  const all = existsSync(from) ? await readResults(from) : []
  const results = new Map(all.map((result) => [result.name, result]))
  const foreign = all.filter(({ name }) => !known.some((one) => one.name === name))
  if (foreign.length > 0)
    throw new Error(`No experiment of ntk is called ${foreign.map(({ name }) => name).join(', ')}: ${from}`)
  writeFileSync(join(to, 'index.md'), overview(known, results))
  for (const one of known) {
    const result = results.get(one.name)
    if (result === undefined) continue
    writeFileSync(join(to, `${one.name}.md`), experimentPage(one, result))
    mkdirSync(join(to, one.name))
    for (const { name, light, dark } of result.figures) {
      writeFileSync(join(to, one.name, `${name}.light.svg`), light)
      writeFileSync(join(to, one.name, `${name}.dark.svg`), dark)
    }
  }
  const groups = byPaper(known).map(([paper, experiments]) => ({
    text: paper.replace(/ (\d{4}), .*$/, ' $1'),
    items: experiments
      .filter(({ name }) => results.has(name))
      .map(({ name, place }) => ({ text: `${place} (${name})`, link: `/gallery/${name}` })),
  }))
  return [
    { text: 'Figures of the papers', items: [{ text: 'All of them', link: '/gallery/' }] },
    ...groups.filter(({ items }) => items.length > 0),
  ]
}
