import { NtkError, type Shape } from '@ntk/tensor'
import type { ResultArray } from './arrays.js'

/** Throws NtkError 'index' unless [start, stop) are rows of an array of this shape. */
export function checkRows(name: string, shape: Shape, start: number, stop: number): void {
  const n = shape[0] as number
  if (Number.isInteger(start) && Number.isInteger(stop) && start >= 0 && start < stop && stop <= n) return
  throw new NtkError('index', {
    what: `${name} has rows 0 to ${n}: readRows(name, start, stop) takes 0 <= start < stop <= ${n}.`,
    got: `${start} to ${stop}`,
  })
}

/** The array of that name. Throws NtkError 'option' where there is none. */
export function findArray<A extends Pick<ResultArray, 'name'>>(arrays: readonly A[], name: string): A {
  const found = arrays.find((array) => array.name === name)
  if (found !== undefined) return found
  throw new NtkError('option', {
    what: `The result has ${arrays.map((a) => a.name).join(', ')}.`,
    got: String(name),
  })
}
