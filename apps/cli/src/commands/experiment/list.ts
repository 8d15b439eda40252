import { NtkError } from '@ntk/tensor'
import pc from 'picocolors'
import { paceHere } from '../../estimates/pace.js'
import type { Runnable } from '../../experiment/runnable.js'
import { expectedSeconds } from '../../experiment/threads.js'
import type { Prepared, Request } from '../../frame/command.js'
import type { Io } from '../../frame/io.js'
import { experiments } from '../../papers/all.js'
import { duration } from '../../progress/progress.js'

interface Listed {
  readonly name: string
  readonly paper: string | null
  readonly shows: string
  /** Seconds by preset, about, on this machine; null where an experiment cannot tell. */
  readonly seconds: Readonly<Record<string, number | null>>
  /** Why presets cannot run on this machine, of those that cannot. */
  readonly refused: Readonly<Record<string, string>>
}

/** `ntk experiment list` */
export function listExperiments({ io }: Request<never>): Prepared {
  return {
    async run() {
      const all = await Promise.all(Object.values(experiments).map((load) => load()))
      const pace = paceHere()
      const listed = all.map((one) => describe(one, pace, io))
      return {
        json: { experiments: listed },
        text: (colour) => `${listed.map(linesOf(colour)).join('\n')}\n`,
      }
    },
  }
}

function describe(experiment: Runnable, pace: number, io: Io): Listed {
  const refused: Record<string, string> = {}
  const seconds = Object.entries(experiment.presets).map(([preset, said]) => {
    try {
      const { stages } = experiment.plan(said, `preset ${preset}`, experiment.name)
      const expected = expectedSeconds(stages, io)
      return [preset, expected === undefined ? null : expected * pace]
    } catch (error) {
      // A preset of a paper's size may need a larger machine; the others are told all the same.
      if (!NtkError.isInstance(error)) throw error
      refused[preset] = error.message
      return [preset, null]
    }
  })
  return {
    name: experiment.name,
    paper: experiment.paper ?? null,
    shows: experiment.summary,
    seconds: Object.fromEntries(seconds),
    refused,
  }
}

const linesOf =
  (colour: boolean) =>
  ({ name, paper, shows, seconds, refused }: Listed): string => {
    const colours = pc.createColors(colour)
    const times = Object.entries(seconds).map(
      ([preset, one]) =>
        `${preset} ${one === null ? (preset in refused ? 'not on this machine' : '?') : duration(one)}`,
    )
    const lines = [shows, ...(paper === null ? [] : [paper]), times.join(', ')]
    return [colours.bold(name), ...lines.map((line) => `  ${line}`), ''].join('\n')
  }
