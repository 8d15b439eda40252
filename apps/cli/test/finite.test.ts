import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeNpy, encodeNpy, key, mul, normal, type Tensor, tensorFromData } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { requireFinite } from '../src/measures/finite.js'
import { ntk, temporaryFolder } from './support.js'

function inputs(scale: number): string {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'a.npy'), encodeNpy(mul(normal(key(1), [4, 3]), scale)))
  writeFileSync(join(cwd, 'b.npy'), encodeNpy(mul(normal(key(2), [2, 3]), scale)))
  return cwd
}

const own = ['--inputs', 'a.npy']
const cross = ['--inputs', 'a.npy', '--inputs2', 'b.npy']

describe('an array that is to be written', () => {
  it('may not hold NaN or infinities: the first is named with its row', async () => {
    const numbers = (...values: number[]): Tensor => tensorFromData(Float64Array.from(values), [2, 2])
    await expect(requireFinite(numbers(1, 2, 3, 4), 'It', 'Mend it.')).resolves.toBeUndefined()
    await expect(requireFinite(numbers(1, 2, Number.NaN, 4), 'It', 'Mend it.')).rejects.toMatchObject({
      code: 'not-finite',
      got: 'NaN in sample 1',
    })
    await expect(requireFinite(numbers(1, -1 / 0, 3, 4), 'It', 'Mend it.')).rejects.toMatchObject({
      got: '-Infinity in sample 0',
    })
  })
})

describe('finite inputs whose kernel leaves the range of its numbers', () => {
  const commands: [string, string[], string[]][] = [
    ['kernel', own, []],
    ['kernel', cross, []],
    ['kernel', own, ['--get', 'nngp']],
    ['kernel', own, ['--activation', 'Erf', '--hidden', '8']],
    ['kernel', own, ['--activation', 'Abs', '--hidden', '8']],
    ['empirical', own, ['--hidden', '8']],
    ['empirical', cross, ['--hidden', '8', '--get', 'nngp']],
    ['empirical', own, ['--hidden', '8', '--layers', '--dtype', 'float32']],
  ]
  it.each(commands)(
    'ntk %s %j %j writes finite numbers, or none with a named error',
    async (name, from, more) => {
      for (const [scale, weights] of [
        [1e160, '1.4'],
        [1e300, '1.4'],
        [1, '1e200'],
      ] as const) {
        const cwd = inputs(scale)
        const ran = await ntk([name, ...from, ...more, '--w-std', weights, '--out', 'k.npy'], { cwd })
        if (ran.code === 0) {
          const data = decodeNpy(new Uint8Array(readFileSync(join(cwd, 'k.npy')))).dataSync()
          expect([...data].every(Number.isFinite)).toBe(true)
        } else {
          expect(ran.code).toBe(2)
          expect(ran.stderr).toMatch(/error (not-finite|value|dtype)/)
          expect(readdirSync(cwd).sort()).toEqual(['a.npy', 'b.npy'])
        }
      }
    },
  )

  it('is an error of ntk dynamics too, and no run', async () => {
    const cwd = temporaryFolder()
    const args = ['--train', '6', '--test', '4', '--classes', '0,1', '--hidden', '8', '--widths', 'none']
    const ran = await ntk(['dynamics', ...args, '--w-std', '1e200'], { cwd })
    expect(ran.stderr).toMatch(/error not-finite/)
    expect(ran.code).toBe(2)
    expect(existsSync(join(cwd, 'k.npy'))).toBe(false)
  })
})
