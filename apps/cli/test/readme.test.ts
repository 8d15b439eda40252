import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { dynamicsHead } from '../src/commands/dynamics/settings.js'
import { learningRateSettings } from '../src/commands/learning-rate/settings.js'
import { phaseHead } from '../src/commands/phase/settings.js'
import { predictSettings } from '../src/commands/predict/settings.js'
import { trainHead } from '../src/commands/train/settings.js'
import { kernelSettings } from '../src/config/kernel.js'
import { flagName, keyOf } from '../src/settings/setting.js'
import { ntk } from './support.js'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const section = (title: string): string => readme.split(/^## /m).find((part) => part.startsWith(title)) ?? ''
const flagsIn = (text: string): Set<string> => new Set(text.match(/--[a-z][a-z0-9-]*/g))

describe('the README', () => {
  it.each([
    ['`ntk dynamics`', dynamicsHead.settings.flags],
    ['`ntk kernel`', kernelSettings.flags],
    ['`ntk train`', trainHead.settings.flags],
    ['`ntk predict`', predictSettings.flags],
    ['`ntk learning-rate`', learningRateSettings.flags],
    ['`ntk phase`', phaseHead.settings.flags.filter(({ name }) => name !== 'out')],
  ])('names every flag of %s and the key that it sets', (title, flags) => {
    const text = section(title)
    for (const flag of flags) {
      expect(text).toContain(`\`${flagName(flag.name)}`)
      if (title === '`ntk dynamics`') expect(text).toContain(`\`${keyOf(flag)}\``)
    }
  })

  it.each([
    ['`ntk dynamics`', ['dynamics']],
    ['`ntk kernel`', ['kernel']],
    ['`ntk describe`', ['describe']],
    ['`ntk phase`', ['phase']],
    ['`ntk train`', ['train']],
    ['`ntk predict`', ['predict']],
    ['`ntk learning-rate`', ['learning-rate']],
  ])('names no flag of %s that does not exist', async (title, command) => {
    const help = await ntk([...command, '--help'])
    const known = flagsIn(help.stdout)
    for (const flag of flagsIn(section(title))) expect(known).toContain(flag)
  })
})
