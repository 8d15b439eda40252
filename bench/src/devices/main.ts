/**
 * `pnpm bench -- --device cpu,wasm [filter]`: the same jobs on every device side by side, in milliseconds: the median of up to three runs, from
 * numbers on the host to numbers on the host. `all` takes every device that runs here. What a device lacks is named below the table.
 */
import { openCuda } from '@ntk/backend-cuda'
import { chooseBackend, deviceNames } from '@ntk/backend-tfjs'
import { type Backend, NtkError } from '@ntk/tensor'
import { time } from '../timing.js'
import { deviceJobs } from './jobs.js'

type Name = (typeof deviceNames)[number] | 'cuda'

const all: readonly Name[] = ['cpu', 'cuda', ...deviceNames.filter((name) => name !== 'cpu')]

interface Device {
  readonly name: Name
  readonly about: string
  readonly backend: Backend
}

async function opened(name: Name): Promise<Device> {
  const { backend, about } = name === 'cuda' ? await openCuda() : await chooseBackend(name)
  return { name, about, backend }
}

/** What is wrong, in one line: an error of ours says it; others are faults and end the run. */
function reasonOf(error: unknown): string {
  if (!NtkError.isInstance(error)) throw error
  return error.got === undefined ? error.what : `${error.what} Got ${error.got}.`
}

/** The devices of a list; those that do not run here are told and left out. */
async function devicesOf(list: string): Promise<Device[]> {
  const asked = list === 'all' ? all : list.split(',')
  const found: Device[] = []
  for (const word of asked) {
    const name = all.find((one) => one === word)
    if (name === undefined) {
      throw new NtkError('option', {
        what: `--device takes ${all.join(', ')}, several with commas between them, or all.`,
        got: word === '' ? 'nothing' : word,
      })
    }
    try {
      found.push(await opened(name))
    } catch (error) {
      process.stdout.write(`not ${name}: ${reasonOf(error)}\n`)
    }
  }
  return found
}

const shown = (ms: number): string => (ms < 10 ? ms.toFixed(2) : String(Math.round(ms)))

/** Prints the table, a row a job; jobs are those whose name has one of the words. */
export async function benchDevices(list: string, words: readonly string[]): Promise<void> {
  const devices = await devicesOf(list)
  for (const { name, about } of devices) process.stdout.write(`${name}: ${about}\n`)
  const width = Math.max(...deviceJobs.map(({ name }) => name.length))
  const line = (cells: readonly string[]): string =>
    `${(cells[0] ?? '').padEnd(width)}  ${cells
      .slice(1)
      .map((cell) => cell.padStart(14))
      .join('')}\n`
  process.stdout.write(`\n${line(['ms, transfers included', '', ...devices.map(({ name }) => name)])}`)
  const lacks: string[] = []
  for (const { name, dtype, prepare } of deviceJobs) {
    if (words.length > 0 && !words.some((word) => name.toLowerCase().includes(word.toLowerCase()))) continue
    const job = prepare()
    const cells: string[] = []
    for (const { name: device, backend } of devices) {
      try {
        cells.push(shown((await time(() => job(backend), { runs: 3, budgetMs: 4000 })).median))
      } catch (error) {
        cells.push('-')
        lacks.push(`${name}, ${dtype}, on ${device}: ${reasonOf(error)}`)
      }
    }
    process.stdout.write(line([name, dtype, ...cells]))
  }
  if (lacks.length > 0) process.stdout.write(`\n${lacks.map((lack) => `- ${lack}\n`).join('')}`)
}
