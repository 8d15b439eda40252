import { existsSync, readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { diskError, errorName, quietly, temporaryProcess, writableTarget } from './atomic.js'

/**
 * The absolute path of a file that will be written, looked at before the work rather than behind it. What a process that
 * was killed had begun to write there goes.
 *
 * @throws NtkError `disk` where its folder does not exist, or something stands there that is no regular file
 */
export function outputFile(cwd: string, name: string): string {
  const path = resolve(cwd, name)
  const target = writableTarget(path)
  if (!existsSync(dirname(target))) throw diskError(name, { code: 'ENOENT' })
  quietly(() => sweepBeside(target))
  return path
}

function sweepBeside(target: string): void {
  for (const name of readdirSync(dirname(target))) {
    const writer = temporaryProcess(name, basename(target))
    if (writer !== undefined && isGone(writer)) rmSync(join(dirname(target), name), { force: true })
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return errorName(error) === 'ESRCH'
  }
}
