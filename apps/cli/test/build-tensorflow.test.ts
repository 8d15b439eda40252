import { describe, expect, it } from 'vitest'
import { ntk, temporaryFolder } from './support.js'

describe('ntk device build-tensorflow', () => {
  it('needs the folder of a library', async () => {
    const { code, stderr } = await ntk(['device', 'build-tensorflow'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/error option: .*needs --from/)
    expect(stderr).toContain('tf/bin/pip install tensorflow')
  })

  it('reads it from where it is called, and says what it lacks', async () => {
    const cwd = temporaryFolder()
    const { code, stdout } = await ntk(['device', 'build-tensorflow', '--from', '.', '--json'], { cwd })
    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'file',
        what: `There is no Python package tensorflow in ${cwd}.`,
        fix: expect.stringContaining('pip install tensorflow'),
      },
    })
    const gpu = await ntk(['device', 'build-tensorflow', '--gpu', '--from', 'gone', '--json'], { cwd })
    expect(JSON.parse(gpu.stdout)).toMatchObject({
      error: { code: 'file', fix: expect.stringContaining("'tensorflow[and-cuda]'") },
    })
  })

  it('stands in the help of its group', async () => {
    expect((await ntk(['device', '--help'])).stdout).toContain('build-tensorflow')
    expect((await ntk(['device', 'build-tensorflow', '--help'])).stdout).toContain('--ignore-scripts')
  })
})
