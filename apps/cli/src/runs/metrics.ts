import { appendFileSync, existsSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { diskError, quietly, writeAtomic } from './atomic.js'
import type { RunDirectory } from './directory.js'

/** One row of the metrics of a run; every row has the stage that made it. */
export interface MetricsRow {
  readonly stage: string
  readonly [column: string]: string | number | null
}

const name = 'metrics.jsonl'

function parseRows(text: string): MetricsRow[] {
  const rows: MetricsRow[] = []
  for (const line of text.split('\n')) {
    if (line === '') continue
    try {
      rows.push(JSON.parse(line))
    } catch {
      // The last line of an interrupted run can be cut short; its stage runs again.
    }
  }
  return rows
}

/** Numbers that JSON cannot hold become null, as a loss that has diverged. */
function encode(row: MetricsRow): string {
  return `${JSON.stringify(row, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? null : value,
  )}\n`
}

/** The growing `metrics.jsonl` of a run: rows appear in it as they are made. */
export class MetricsLog {
  readonly #path: string

  /** Keeps only rows of the stages in `finished`: a stage that is run again writes its rows again. */
  constructor(run: RunDirectory, finished: readonly string[] = []) {
    this.#path = run.file(name)
    const before = existsSync(this.#path) ? parseRows(readFileSync(this.#path, 'utf8')) : []
    const kept = before.filter((row) => finished.includes(row.stage))
    writeAtomic(this.#path, kept.map(encode).join(''), run.ops)
  }

  append(rows: readonly MetricsRow[]): void {
    const size = statSync(this.#path).size
    try {
      appendFileSync(this.#path, rows.map(encode).join(''))
    } catch (error) {
      quietly(() => truncateSync(this.#path, size))
      throw diskError(this.#path, error)
    }
  }

  rows(): MetricsRow[] {
    return parseRows(readFileSync(this.#path, 'utf8'))
  }
}
