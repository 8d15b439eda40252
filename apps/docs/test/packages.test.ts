/** The picture of the packages. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Dependencies, dependenciesIn, direct, picture, rowOf } from '../scripts/packages/picture.js'

const all = dependenciesIn(join(import.meta.dirname, '../../..'))

test('shows every package once, none on another, and an arrow for what each is built on', () => {
  const svg = picture(all)
  const boxes = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="(\d+)"/g)].map(
    ([, x, y, width]) => [x, y, width].map(Number) as [number, number, number],
  )
  expect(boxes).toHaveLength(all.size)
  for (const [i, [x, y, width]] of boxes.entries())
    for (const [left, top] of boxes.slice(i + 1)) expect(top !== y || Math.abs(left - x) > width).toBe(true)
  const arrows = [...all.keys()].reduce((sum, name) => sum + direct(name, all).length, 0)
  expect(svg.match(/marker-end/g)).toHaveLength(arrows)
  expect(direct('stax', all)).toEqual(['kernels-analytic'])
})

const small: Dependencies = new Map([
  ['low', []],
  ['middle', ['low']],
  ['high', ['low', 'middle']],
])

test('rows go by the longest way down, and what comes with another dependency has no arrow', () => {
  expect(['low', 'middle', 'high'].map((name) => rowOf(name, small))).toEqual([0, 1, 2])
  expect(direct('high', small)).toEqual(['middle'])
})

test('a new package needs a column', () => {
  expect(() => picture(small)).toThrow('has no column')
})
