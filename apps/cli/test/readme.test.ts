import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { dynamicsFlags } from '../src/config/dynamics.js'
import { flagName } from '../src/config/flags.js'
import { kernelFlags } from '../src/config/kernel.js'
import { ntk } from './support.js'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const section = (title: string): string => readme.split(/^## /m).find((part) => part.startsWith(title)) ?? ''
const flagsIn = (text: string): Set<string> => new Set(text.match(/--[a-z][a-z0-9-]*/g))

describe('the README', () => {
  it.each([
    ['`ntk dynamics`', dynamicsFlags],
    ['`ntk kernel`', kernelFlags],
  ])('names every flag of %s and the key that it sets', (title, table) => {
    const text = section(title)
    for (const [name, { key }] of Object.entries(table)) {
      expect(text).toContain(`\`${flagName(name)}`)
      if (title === '`ntk dynamics`') expect(text).toContain(`\`${key}\``)
    }
  })

  it.each([
    ['`ntk dynamics`', ['dynamics']],
    ['`ntk kernel`', ['kernel']],
  ])('names no flag of %s that does not exist', async (title, command) => {
    const help = await ntk([...command, '--help'])
    const known = flagsIn(help.stdout)
    for (const flag of flagsIn(section(title))) expect(known).toContain(flag)
  })
})
