import { join } from 'node:path'
import envPaths from 'env-paths'

/** Where data sets are kept: `NTK_DATA_DIR`, or `ntk/data` in the user's cache folder of this system. */
export function dataDir(): string {
  const named = process.env.NTK_DATA_DIR
  return named !== undefined && named !== '' ? named : join(envPaths('ntk', { suffix: '' }).cache, 'data')
}
