import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { knownExperiments, readResults } from '../src/results.js'
import { ntk, temporaryFolder } from './support.js'

describe('what ntk experiment report keeps', () => {
  const cwd = temporaryFolder()
  beforeAll(async () => {
    const set = ['--set', 'repeats=4', '--set', 'samples=12', '--set', 'seed=3']
    await ntk(['experiment', 'run', 'xiao-rbf', '--preset', 'quick', ...set], { cwd })
    await ntk(['experiment', 'report', '--out', 'kept'], { cwd })
  }, 60_000)

  it('is read back with findings as reports write them, figures for light and dark, and the command', async () => {
    const [result] = await readResults(join(cwd, 'kept'))
    expect(result).toMatchObject({
      name: 'xiao-rbf',
      commands: ['ntk experiment run xiao-rbf --preset quick --set repeats=4 --set samples=12 --set seed=3'],
      took: expect.stringMatching(/ s$/),
    })
    expect(result?.findings[0]?.measured).toMatch(/^\S+( ± \S+)?$/)
    const labels = result?.machines[0]?.map(([label]) => label)
    expect(labels).toContain('processor')
    // Where files lie on a machine is nobody's business.
    expect(labels).not.toContain('data folder')
    const [figure] = result?.figures ?? []
    expect(figure?.light).toContain('--fig-back: #ffffff')
    expect(figure?.dark).toContain('--fig-back: #1c1f25')
    // What the variables stand for is nowhere else.
    expect(figure?.dark.replace(/<style>.*<\/style>/, '')).not.toContain('#ffffff')
  })

  it('says what differs from the preset of the paper, but for where files go and for the seed', async () => {
    const [result] = await readResults(join(cwd, 'kept'))
    expect(result?.differences).toEqual([
      { setting: 'samples', here: 12, paper: 100 },
      { setting: 'features', here: 256, paper: 1024 },
      { setting: 'repeats', here: 4, paper: 100 },
    ])
  })
})

it('every experiment names its paper and the place in it', async () => {
  const known = await knownExperiments()
  expect(known.length).toBeGreaterThanOrEqual(35)
  for (const { name, paper, place, shows } of known) {
    expect(paper, name).toMatch(/ \d{4}, \S/)
    expect(place, name).toMatch(/^(Figure|Table|Section|Theorem)s? \S/)
    expect(shows, name).not.toBe('')
  }
})
