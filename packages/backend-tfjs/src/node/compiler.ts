import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { NtkError } from '@ntk/tensor'

type Environment = Readonly<Record<string, string | undefined>>

function onPath(command: string, env: Environment): boolean {
  if (command.includes('/')) return existsSync(command)
  return (env.PATH ?? '')
    .split(delimiter)
    .some((folder) => folder !== '' && existsSync(join(folder, command)))
}

/**
 * The C++ compiler, with the arguments that it always gets: that of CXX, else the first on the PATH.
 * Throws NtkError 'config' where CXX names none, 'unsupported' where there is none.
 */
export function findCompiler(env: Environment = process.env): readonly [string, ...string[]] {
  const [own, ...args] = (env.CXX ?? '').split(/\s+/).filter((word) => word !== '')
  if (own !== undefined) {
    if (onPath(own, env)) return [own, ...args]
    throw new NtkError('config', {
      what: 'CXX must name a C++ compiler.',
      got: own,
      fix: 'Name one that is on the PATH, or unset CXX to take the one that is found.',
    })
  }
  const found = ['c++', 'g++', 'clang++'].find((name) => onPath(name, env))
  if (found !== undefined) return [found]
  throw new NtkError('unsupported', {
    what: "The binding to TensorFlow's library needs a C++ compiler.",
    got: 'no c++, g++ or clang++ on the PATH',
    fix: 'Install one (Debian: apt-get install g++; macOS: xcode-select --install), or name one by CXX.',
  })
}
