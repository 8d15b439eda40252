import { NtkError } from '../../errors.js'
import { show } from '../../options/show.js'

type Block = readonly [name: string, data: ArrayLike<number>, rows: number, columns: number, ld: number]

/**
 * Throws NtkError 'shape' unless every matrix lies inside its array: foreign code would read or write beyond it.
 * Sizes are in elements.
 */
export function checkBlocks(op: string, ...blocks: readonly Block[]): void {
  for (const [name, data, rows, columns, ld] of blocks) {
    const whole = Number.isInteger(rows) && Number.isInteger(columns) && Number.isInteger(ld)
    if (!whole || rows < 0 || columns < 0 || rows > max || columns > max || ld > max) {
      throw new NtkError('shape', {
        what: `${op} needs non-negative 32-bit integers as sizes.`,
        got: `${name} of ${show(rows)} x ${show(columns)} with ${show(ld)} elements a row`,
      })
    }
    if (rows === 0 || columns === 0) continue
    const needed = (rows - 1) * ld + columns
    if (ld < columns || needed > data.length) {
      throw new NtkError('shape', {
        what: `${op} needs ${name} of ${rows} x ${columns} inside its array, rows at least ${columns} elements apart.`,
        got: `${data.length} elements, rows ${ld} apart`,
      })
    }
  }
}

const max = 2 ** 31 - 1
