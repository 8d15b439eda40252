import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { filesUnder, readManifest, root } from '../scripts/workspace.js'

const { scripts = {}, packageManager } = readManifest('.')

for (const file of filesUnder('.github/workflows', /\.yml$/)) {
  const text = readFileSync(join(root, file), 'utf8')

  test(`each step of ${file} is a script of the repository, which anyone can run`, () => {
    const lines = [...text.matchAll(/^\s*(?:- )?run:\s*(.*)$/gm)].map(([, line = '']) => line)
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) {
      const [, version, command = '', script = ''] =
        /^npx -y (pnpm@\S+) (run|install)(?: (\S+))?/.exec(line) ?? []
      if (version === undefined) expect(existsSync(join(root, line)), line).toBe(true)
      else expect(packageManager, line).toBe(version)
      if (command === 'run') expect(Object.keys(scripts), line).toContain(script)
    }
  })
}
