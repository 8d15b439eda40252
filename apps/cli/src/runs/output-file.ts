import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { diskError, writableTarget } from './atomic.js'

/**
 * The absolute path of a file that will be written, looked at before the work rather than behind it.
 *
 * @throws NtkError `disk` where its folder does not exist, or something stands there that is no regular file
 */
export function outputFile(cwd: string, name: string): string {
  const path = resolve(cwd, name)
  if (!existsSync(dirname(writableTarget(path)))) throw diskError(name, { code: 'ENOENT' })
  return path
}
