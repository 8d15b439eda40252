import { afterEach, describe, expect, it } from 'vitest'
import type { DualStep } from '../../src/composites/contracts.js'
import { dualStack, dualStackInto, type FillTile, setThreads } from '../../src/cpu/wasm/index.js'
import { differences, random } from './matrices.js'

afterEach(() => setThreads('auto'))

const affine: DualStep = { kind: 'affine', wVar: 1.5, bVar: 0.1 }
const steps: DualStep[] = [affine, { kind: 'abRelu', a: 0, b: 1 }, affine, { kind: 'erf', a: 1, b: 1, c: 0 }]

const kinds = [
  { name: 'float64', make: Float64Array },
  { name: 'float32', make: Float32Array },
] as const

/** The same matrices by tiles brought into place, and all at once. */
function both(
  make: typeof Float64Array | typeof Float32Array,
  n1: number,
  n2: number,
  tileRows: number,
  symmetric: boolean,
  made = false,
): { into: (Float64Array | Float32Array)[]; whole: (Float64Array | Float32Array)[] } {
  const v1 = random(n1, 5).map((x) => 1 + Math.abs(x))
  const v2 = symmetric ? v1 : random(n2, 6).map((x) => 2 + Math.abs(x))
  const k = random(n1 * n2, 7).map((x) => Math.tanh(x))
  if (symmetric)
    for (let i = 0; i < n1; i++) for (let j = i; j < n1; j++) k[i * n1 + j] = k[j * n1 + i] as number
  const whole = [make.from(k), new make(n1 * n2)] as const
  const wide = [k.slice(), new Float64Array(n1 * n2)] as const
  dualStack(steps, wide[0], v1, v2, wide[1], n1, n2)
  for (const i of [0, 1] as const) whole[i].set(wide[i])

  // what is not written is found out
  const into = [new make(n1 * n2).fill(Number.NaN), new make(n1 * n2).fill(Number.NaN)] as const
  for (let row = 0; row < n1; row += tileRows) {
    const rows = Math.min(tileRows, n1 - row)
    const cols = symmetric ? row + rows : n2
    const tile = new Float64Array(rows * cols)
    for (let i = 0; i < rows; i++) tile.set(k.subarray((row + i) * n2, (row + i) * n2 + cols), i * cols)
    const before = tile.slice()
    const target = { nngp: into[0], ntk: into[1], ld: n2, row, col: 0, symmetric }
    // What a symmetric tile has above the diagonal is nobody's concern.
    const fill: FillTile = (memory, at, ld) => {
      for (let i = 0; i < rows; i++) {
        memory.set(tile.subarray(i * cols, (i + 1) * cols), at + i * ld)
        if (symmetric) memory.fill(Number.NaN, at + i * ld + row + i + 1, at + (i + 1) * ld)
      }
    }
    const source = made ? fill : tile
    dualStackInto(steps, source, v1.subarray(row, row + rows), v2.subarray(0, cols), rows, cols, target)
    expect(differences(tile, before)).toBe(0)
  }
  return { into: [...into], whole: [...whole] }
}

describe.each(kinds)('a tile brought to where it belongs, in $name', ({ make }) => {
  it.each([
    { n1: 7, n2: 5, tileRows: 3, symmetric: false },
    { n1: 61, n2: 61, tileRows: 24, symmetric: true },
    { n1: 1, n2: 1, tileRows: 4, symmetric: true },
    // wide enough for several blocks a tile, and the last one odd
    { n1: 300, n2: 4099, tileRows: 201, symmetric: false },
  ])('has the numbers of the whole: $n1 x $n2, $tileRows rows a tile, symmetric $symmetric', (shape) => {
    for (const made of [false, true]) {
      const { into, whole } = both(make, shape.n1, shape.n2, shape.tileRows, shape.symmetric, made)
      for (const i of [0, 1]) expect(differences(into[i] ?? [], whole[i] ?? [])).toBe(0)
    }
  })

  it('has the same bits on two threads, mirrored ones included', () => {
    setThreads(1)
    const [n, tileRows] = [1100, 600]
    const alone = both(make, n, n, tileRows, true)
    setThreads(2)
    for (const made of [false, true]) {
      const together = both(make, n, n, tileRows, true, made)
      for (const i of [0, 1]) {
        expect(differences(alone.into[i] ?? [], alone.whole[i] ?? [])).toBe(0)
        expect(differences(together.into[i] ?? [], alone.into[i] ?? [])).toBe(0)
      }
    }
  })
})

it('leaves out the matrix that is not wanted, and places tiles off the diagonal', () => {
  const [rows, cols, ld] = [6, 5, 40]
  const k = random(rows * cols, 3).map((x) => Math.tanh(x))
  const [v1, v2] = [new Float64Array(rows).fill(1), new Float64Array(cols).fill(2)]
  const ntk = new Float64Array(ld * ld)
  dualStackInto(steps, k, v1, v2, rows, cols, { nngp: null, ntk, ld, row: 20, col: 3, symmetric: true })
  const want = new Float64Array(rows * cols)
  dualStack(steps, k.slice(), v1, v2, want, rows, cols)
  const expected = new Float64Array(ld * ld)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      expected[(20 + i) * ld + 3 + j] = want[i * cols + j] as number
      expected[(3 + j) * ld + 20 + i] = want[i * cols + j] as number
    }
  }
  expect(differences(ntk, expected)).toBe(0)
})
