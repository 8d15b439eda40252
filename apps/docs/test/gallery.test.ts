/** The pages of the papers' figures: what they are made of, and that nothing of it is missing. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { knownExperiments } from '@ntk/cli/results'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeGallery } from '../scripts/gallery/write.js'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gallery-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const foldersIn = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))

/** Figures that a page shows and that are not there. */
function missingFigures(page: string): string[] {
  const shown = [...readFileSync(page, 'utf8').matchAll(/src="([^"]+)"/g)].map(([, src = '']) => src)
  expect(shown.length).toBeGreaterThan(0)
  return shown.filter((src) => !existsSync(join(dirname(page), src)))
}

const finding = {
  name: 'growth',
  statement: 'growth of <κ> with |depth|',
  note: 'By *theory*.',
  relation: 'equal',
  value: 0.5123,
  uncertainty: 0.021,
  theory: 0.5,
  resolution: 1,
  verdict: 'agrees',
}

/** Results as `ntk experiment report --out` keeps them. */
function keepResults(name: string, config: string): void {
  const path = join(folder, 'results', name)
  mkdirSync(join(path, 'figures'), { recursive: true })
  const write = (file: string, content: unknown): void =>
    writeFileSync(join(path, file), typeof content === 'string' ? content : JSON.stringify(content))
  write(
    'config.yaml',
    `# The resolved config of a run of \`ntk experiment run ${name}\`; with --config and this file it is repeated.\n${config}`,
  )
  write('command.json', { preset: 'standard', commands: [`ntk experiment run ${name} --preset standard`] })
  write('environment.json', { machines: [[['processor', 'one of two cores']]], seconds: 61 })
  write('results.json', {
    experiment: name,
    headline: 'It grows',
    findings: [finding, { ...finding, name: 'other', note: 'By hand.', verdict: 'differs' }],
    figures: [{ name: 'kappa', caption: 'κ "by" <depth>', narrow: false }],
  })
  write('figures/kappa.svg', '<svg xmlns="http://www.w3.org/2000/svg"><rect fill="#ffffff"/></svg>')
}

describe('the pages of two experiments', () => {
  const page = (name: string): string => readFileSync(join(folder, 'site', name), 'utf8')

  beforeAll(async () => {
    keepResults('xiao-rbf', 'samples: 20\nfeatures: 1024\nrepeats: 100\nseed: 3\n')
    keepResults('lee-s9', 'samples: 16\n')
    await writeGallery(join(folder, 'results'), join(folder, 'site'))
  })

  test('are as many as there are results, with all of their figures', () => {
    expect(foldersIn(join(folder, 'site'))).toEqual(['lee-s9', 'xiao-rbf'])
    expect(missingFigures(join(folder, 'site/lee-s9.md'))).toEqual([])
    expect(readFileSync(join(folder, 'site/lee-s9/kappa.dark.svg'), 'utf8')).toContain('var(--fig-back)')
  })

  test('say what was measured, what should be, how it was run, and what is not as in the paper', () => {
    const text = page('xiao-rbf.md')
    expect(text).toContain('Section 5 of Xiao, Pennington and Schoenholz 2020')
    expect(text).toContain('growth of &lt;κ&gt; with |depth|<sup>1</sup>')
    expect(text).toContain('<span class="number">0.512 ± 0.021</span>')
    expect(text).toContain('<span class="verdict differs">differs</span>')
    expect(text).toContain('2. By hand.')
    expect(text).toContain('ntk experiment run xiao-rbf --preset standard')
    expect(text).toContain('took 1 min 1 s')
    expect(text).toContain('processor: one of two cores')
    expect(text).toContain('<code>samples</code></td><td><code>20</code></td><td><code>100</code>')
    expect(text).not.toContain('<code>features</code>')
  })

  test('are named by the overview, which says of all others what makes them', async () => {
    const text = page('index.md')
    expect(text).toContain('<a href="./lee-s9.html">Figure S9</a>')
    expect(text).toContain('Of 4 numbers of 2 experiments, 2 agree')
    expect(text).toContain('1 agrees, 1 differs')
    const without = [...text.matchAll(/no results yet: <code>ntk experiment run (\S+) --preset standard</g)]
    const known = (await knownExperiments()).map(({ name }) => name)
    const others = known.filter((name) => name !== 'lee-s9' && name !== 'xiao-rbf')
    expect(without.map(([, name]) => name).toSorted()).toEqual(others.toSorted())
  })
})

test('results of an experiment that ntk does not have are refused', async () => {
  keepResults('none-such', 'samples: 1\n')
  await expect(writeGallery(join(folder, 'results'), join(folder, 'other'))).rejects.toThrow(/none-such/)
})

const committed = join(import.meta.dirname, '../../../results')
test.skipIf(!existsSync(committed))(
  'every result in the repository has its page with all figures',
  async () => {
    const site = join(folder, 'committed')
    await writeGallery(committed, site)
    const names = foldersIn(committed)
    expect(names.length).toBeGreaterThan(0)
    expect(foldersIn(site).toSorted()).toEqual(names.toSorted())
    for (const name of names) expect(missingFigures(join(site, `${name}.md`)), name).toEqual([])
  },
)
