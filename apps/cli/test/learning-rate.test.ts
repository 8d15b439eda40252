import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ntk, temporaryFolder } from './support.js'

interface Found {
  readonly samples: number
  readonly outputs: number
  readonly rates: readonly {
    readonly optimizer: string
    readonly momentum: number
    readonly batch: number | null
    readonly largest: number
  }[]
  readonly critical: number
  readonly spectrum: {
    readonly eigenvalues: readonly number[]
    readonly conditionNumber: number | null
  }
  readonly slowest: number | null
}

async function found(args: readonly string[], cwd: string = temporaryFolder()): Promise<Found> {
  const ran = await ntk(['learning-rate', ...args, '--json'], { cwd })
  expect([ran.code, ran.stderr]).toEqual([0, ''])
  return JSON.parse(ran.stdout)
}

const small = ['--train', '20', '--classes', '0,1,7', '--hidden', '24']

/** The training loss of that network's linearization after steps of a learning rate, as `ntk predict` has it. */
async function lossAfter(rate: number, momentum: number): Promise<{ start: number; end: number }> {
  const cwd = temporaryFolder()
  const how = ['--of', 'network', '--dynamics', 'steps', '--momentum', String(momentum)]
  const steps = ['--times', '0,4000', '--learning-rate', String(rate), '--test', '3']
  const ran = await ntk(['predict', ...small, ...how, ...steps, '--json'], { cwd })
  expect(ran.stderr).toBe('')
  const { times } = JSON.parse(ran.stdout) as { times: { trainLoss: number }[] }
  return { start: times[0]?.trainLoss ?? Number.NaN, end: times[1]?.trainLoss ?? Number.NaN }
}

describe('ntk learning-rate', () => {
  it('names the rates below which the linearization of a network converges and above which it does not', async () => {
    const { rates } = await found([...small, '--kernel', 'empirical', '--momentum', '0.6'])
    expect(rates.map(({ optimizer, momentum }) => [optimizer, momentum])).toEqual([
      ['gradient descent', 0],
      ['momentum', 0.6],
      ['nesterov', 0.6],
    ])
    for (const { largest, momentum } of rates.slice(0, 2)) {
      const [below, above] = [
        await lossAfter(0.99 * largest, momentum),
        await lossAfter(1.01 * largest, momentum),
      ]
      expect(below.end).toBeLessThan(0.1 * below.start)
      expect(above.end).toBeGreaterThan(1e3 * above.start)
    }
    const [plain, , nesterov] = rates
    expect(nesterov?.largest).toBeCloseTo(((plain?.largest ?? 0) * 1.6) / 2.2, 10)
  })

  it('tells the critical rate and the spectrum of the infinitely wide network, and draws it', async () => {
    const cwd = temporaryFolder()
    const { rates, critical, spectrum, slowest, samples, outputs } = await found(
      [...small, '--figure', 'spectrum'],
      cwd,
    )
    expect([samples, outputs]).toEqual([20, 3])
    const { eigenvalues, conditionNumber } = spectrum
    const [most = 0, least = 0] = [eigenvalues[0], eigenvalues.at(-1)]
    expect(eigenvalues).toHaveLength(20)
    expect(rates[0]?.largest).toBeCloseTo((2 * 60) / most, 8)
    expect(critical).toBeCloseTo((2 * 60) / (most + least), 8)
    expect(conditionNumber).toBeCloseTo(most / least, 6)
    expect(slowest).toBeCloseTo(most / least, 6)
    for (const ending of ['svg', 'png', 'vl.json'])
      expect(existsSync(join(cwd, `spectrum.${ending}`))).toBe(true)
  })

  it('counts losses as they are, and batches as carefully as any of them wants', async () => {
    const batch = ['--momentum', '0.9', '--batch', '5']
    const of = async (loss: string): Promise<Found> => found([...small, '--loss', loss, ...batch])
    const [mean, sum, entropy] = [await of('mean'), await of('sum'), await of('cross-entropy')]
    const rate = ({ rates }: Found): number => rates[0]?.largest ?? Number.NaN
    expect(rate(mean) / rate(sum)).toBeCloseTo(60, 8)
    expect(rate(entropy) / rate(sum)).toBeCloseTo(40, 8)
    expect(mean.rates.map(({ batch: size }) => size)).toEqual([null, null, null, 5, 5, 5])
    mean.rates.slice(3).forEach(({ largest }, i) => {
      expect(largest).toBeLessThan(mean.rates[i]?.largest ?? 0)
    })
    const decayed = await found([...small, '--loss', 'sum', '--weight-decay', '0.5'])
    expect(1 / rate(decayed) - 1 / rate(sum)).toBeCloseTo(0.25, 8)
  })

  it.each<[string, string[], RegExp]>([
    ['a layer without a kernel', ['--architecture', 'wide-resnet'], /BatchNorm has no kernel/],
    ['a momentum of 1', ['--momentum', '0.5,1'], /momentum\[1\] \(--momentum\) must be less than 1/],
    ['cross-entropy of numbers', ['--table', 'smooth', '--loss', 'cross-entropy'], /is a number/],
    ['a figure in a folder that is not there', ['--figure', 'no/spectrum'], /error disk/],
  ])('refuses %s with exit code 2', async (_case, args, message) => {
    const ran = await ntk(['learning-rate', ...args], { cwd: temporaryFolder() })
    expect(ran.stderr).toMatch(message)
    expect(ran.code).toBe(2)
  })
})
