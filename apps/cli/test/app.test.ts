import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ntk, temporaryFolder } from './support.js'

describe('ntk', () => {
  it('without arguments prints help with examples and ends well', async () => {
    const ran = await ntk([])
    expect(ran.code).toBe(0)
    for (const name of ['dynamics', 'kernel', 'data', 'doctor', 'EXAMPLES'])
      expect(ran.stdout).toContain(name)
    expect(ran.stderr).toBe('')
  })

  it('shows defaults as their flags take them', async () => {
    const { stdout } = await ntk(['phase', '--help'])
    expect(stdout).toContain('(0.2:4:39)')
    expect(stdout).not.toContain('[object')
  })

  it.each(['dynamics', 'kernel', 'data', 'data import', 'doctor'])('%s --help has usage', async (command) => {
    const ran = await ntk([...command.split(' '), '--help'])
    expect(ran.code).toBe(0)
    expect(ran.stdout).toContain('USAGE')
  })

  it('--version prints the version of the package', async () => {
    const ran = await ntk(['--version'])
    expect(ran.code).toBe(0)
    expect(ran.stdout.trim()).toMatch(/^\d+\.\d+\.\d+/)
  })

  it('names the nearest command for one that does not exist', async () => {
    const ran = await ntk(['dinamics'])
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('There is no command "dinamics"')
    expect(ran.stderr).toContain('Did you mean dynamics?')
  })

  it('names the nearest flag for one that does not exist', async () => {
    const ran = await ntk(['dynamics', '--stpes', '5'])
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('There is no flag --stpes')
    expect(ran.stderr).toContain('Did you mean --steps?')
  })

  it('ends with 2 for a flag without its value', async () => {
    const ran = await ntk(['dynamics', '--steps'])
    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(/error option:.*steps/)
  })

  it('prints an error as one JSON object on stdout under --json', async () => {
    const ran = await ntk(['dynamics', '--hidden', '0', '--json'])
    expect(ran.code).toBe(2)
    expect(ran.stderr).toBe('')
    expect(JSON.parse(ran.stdout)).toEqual({
      error: { code: 'config', what: 'network.hidden[0] (--hidden) must be at least 1.', got: '0' },
    })
  })

  it('prints what, got and fix, coloured only where colour is wanted', async () => {
    const plain = await ntk(['dynamics', '--data', 'minst'])
    expect(plain.stderr).toBe(
      'error config: data.name (--data) must be one of glyphs, mnist, fashion-mnist, cifar10.\n    got  "minst"\n    fix  Did you mean "mnist"?\n',
    )
    const coloured = await ntk(['dynamics', '--data', 'minst'], { env: { FORCE_COLOR: '1' } })
    expect(coloured.stderr).toContain('\u001b[31m')
  })

  it('prints the JSON Schema of a config file', async () => {
    const ran = await ntk(['dynamics', '--schema'])
    expect(ran.code).toBe(0)
    expect(JSON.parse(ran.stdout)).toMatchObject({ title: 'ntk dynamics', type: 'object' })
  })

  it('refuses other settings beside --resume', async () => {
    const ran = await ntk(['dynamics', '--resume', 'runs/x', '--seed', '1'])
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('--seed has no place beside it')
  })

  it('refuses to resume what is not a run', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'file'), '')
    symlinkSync('loop', join(cwd, 'loop'))
    for (const [path, got] of [
      ['file', 'a file, and no folder'],
      ['loop', 'a path that does not exist'],
      ['.', 'a folder without a readable config.yaml'],
    ] as const) {
      const ran = await ntk(['dynamics', '--resume', path], { cwd })
      expect(ran.code).toBe(2)
      expect(ran.stderr).toContain('is not the folder of a run')
      expect(ran.stderr).toContain(got)
    }
  })
})
