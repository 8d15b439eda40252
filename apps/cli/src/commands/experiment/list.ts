import pc from 'picocolors'
import { paceHere } from '../../estimates/pace.js'
import { secondsOf } from '../../experiment/run-stages.js'
import type { Runnable } from '../../experiment/runnable.js'
import type { Prepared } from '../../frame/command.js'
import { experiments } from '../../papers/all.js'
import { duration } from '../../progress/progress.js'

interface Listed {
  readonly name: string
  readonly paper: string | null
  readonly shows: string
  /** Seconds by preset, about, on this machine; null where an experiment cannot tell. */
  readonly seconds: Readonly<Record<string, number | null>>
}

/** `ntk experiment list` */
export function listExperiments(): Prepared {
  return {
    async run() {
      const all = await Promise.all(Object.values(experiments).map((load) => load()))
      const pace = paceHere()
      const listed = all.map((one) => describe(one, pace))
      return {
        json: { experiments: listed },
        text: (colour) => `${listed.map(linesOf(colour)).join('\n')}\n`,
      }
    },
  }
}

function describe(experiment: Runnable, pace: number): Listed {
  const seconds = Object.entries(experiment.presets).map(([preset, said]) => {
    const { stages } = experiment.plan(said, `preset ${preset}`, experiment.name)
    const expected = secondsOf(stages)
    return [preset, expected === undefined ? null : expected * pace]
  })
  return {
    name: experiment.name,
    paper: experiment.paper ?? null,
    shows: experiment.summary,
    seconds: Object.fromEntries(seconds),
  }
}

const linesOf =
  (colour: boolean) =>
  ({ name, paper, shows, seconds }: Listed): string => {
    const colours = pc.createColors(colour)
    const times = Object.entries(seconds).map(
      ([preset, one]) => `${preset} ${one === null ? '?' : duration(one)}`,
    )
    const lines = [shows, ...(paper === null ? [] : [paper]), times.join(', ')]
    return [colours.bold(name), ...lines.map((line) => `  ${line}`), ''].join('\n')
  }
