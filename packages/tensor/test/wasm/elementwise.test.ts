import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type BinaryName, binary, type UnaryName, unary } from '../../src/cpu/wasm/index.js'

type Row = (number | string)[]
const file = process.env['NTK_FUNCTION_FIXTURE'] ?? new URL('./fixtures/functions.json', import.meta.url)
const fixture = JSON.parse(readFileSync(file, 'utf8')) as Record<UnaryName | BinaryName, Row[]>
const binaryNames = new Set<string>(['pow', 'atan2'])

/** Doubles as integers in their own order, both zeros as 0: the distance counts ulps. */
function order(x: number): bigint {
  const bits = new BigInt64Array(new Float64Array([x]).buffer)[0] as bigint
  return bits < 0n ? -(bits & 0x7fffffffffffffffn) : bits
}

function ulps(got: number, want: number): number {
  if (Number.isNaN(got) || Number.isNaN(want)) return Number.isNaN(got) && Number.isNaN(want) ? 0 : Infinity
  if (want === 0 && got === 0) return Object.is(got, want) ? 0 : Infinity
  const distance = order(got) - order(want)
  return Number(distance < 0n ? -distance : distance)
}

function evaluate(name: string, columns: Float64Array[] | Float32Array[]): Float64Array | Float32Array {
  const [a, b] = columns as [Float64Array, Float64Array | undefined]
  const out = a.slice()
  if (b) binary(name as BinaryName, a, b, out, a.length)
  else unary(name as UnaryName, a, 0, out, 0, a.length)
  return out
}

describe.each(Object.keys(fixture) as (UnaryName | BinaryName)[])('%s', (name) => {
  const rows = fixture[name].map((row) => row.map(Number))
  const arity = binaryNames.has(name) ? 2 : 1
  const columns = Array.from({ length: arity }, (_, c) => Float64Array.from(rows, (row) => row[c] as number))
  const want = Float64Array.from(rows, (row) => row[arity] as number)

  it('is within 2 ulp of the correctly rounded float64, special values and signs of zero exactly', () => {
    const got = evaluate(name, columns)
    const bad: string[] = []
    let worst = 0
    want.forEach((w, i) => {
      const distance = ulps(got[i] as number, w)
      if (distance > worst) worst = distance
      if (distance > 2) bad.push(`${name}(${columns.map((c) => c[i]).join(', ')}) = ${got[i]}, not ${w}`)
    })
    if (process.env['NTK_FUNCTION_FIXTURE']) console.log(name, worst, bad.length, bad.slice(0, 5))
    expect(bad).toEqual([])
  })

  it('rounds once to float32', () => {
    const narrow = columns.map((c) => new Float32Array(c))
    const wide = narrow.map((c) => new Float64Array(c))
    expect(evaluate(name, narrow)).toEqual(new Float32Array(evaluate(name, wide)))
  })
})

describe('chunks and offsets', () => {
  it('gives every element the value it has alone, past chunk boundaries and at odd lengths', () => {
    const n = 5001
    const src = new Float64Array(n + 3).map((_, i) => Math.sin(i) * 9)
    const dst = new Float64Array(n + 5).fill(-7)
    unary('tanh', src, 3, dst, 4, n)
    const one = new Float64Array(1)
    for (const i of [0, 1, 2047, 2048, 4096, 5000]) {
      unary('tanh', src, 3 + i, one, 0, 1)
      expect(dst[4 + i]).toBe(one[0])
    }
    expect([dst[3], dst[n + 4]]).toEqual([-7, -7])
  })
})
