import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Of the files that rows read and write; the test removes it. */
export const folder: string = mkdtempSync(join(tmpdir(), 'ntk-options-'))
