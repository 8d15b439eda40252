import { appendFileSync, existsSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { diskError, quietly } from './atomic.js'
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
  readonly #run: RunDirectory
  readonly #path: string

  /** Keeps only rows of the stages in `finished`: a stage that is run again writes its rows again. */
  constructor(run: RunDirectory, finished: readonly string[] = []) {
    this.#run = run
    this.#path = run.file(name)
    const before = existsSync(this.#path) ? this.rows() : []
    this.#write(before.filter((row) => finished.includes(row.stage)))
  }

  #write(rows: readonly MetricsRow[]): void {
    this.#run.write(name, rows.map(encode).join(''))
  }

  /** @throws NtkError `disk`; rows that were there stay */
  append(rows: readonly MetricsRow[]): void {
    let size: number | undefined
    try {
      size = statSync(this.#path).size
      appendFileSync(this.#path, rows.map(encode).join(''))
    } catch (error) {
      const before = size
      if (before !== undefined) quietly(() => truncateSync(this.#path, before))
      throw diskError(this.#path, error)
    }
  }

  /** @throws NtkError `disk` where the file is gone */
  rows(): MetricsRow[] {
    try {
      return parseRows(readFileSync(this.#path, 'utf8'))
    } catch (error) {
      throw diskError(this.#path, error)
    }
  }

  /** Puts rows in the order of their stages: a run that was resumed then has the file of one that was not. */
  order(stages: readonly string[]): void {
    const rows = this.rows()
    const ordered = stages.flatMap((stage) => rows.filter((row) => row.stage === stage))
    if (ordered.some((row, i) => row !== rows[i])) this.#write(ordered)
  }
}
