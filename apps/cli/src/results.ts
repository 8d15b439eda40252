/** What `ntk experiment report --out` keeps of the papers' experiments, for pages of one's own. */
import { isDeepStrictEqual } from 'node:util'
import { theoryText } from './experiment/findings-table.js'
import { type Kept, newestOfEach } from './kept/results.js'
import { experiments } from './papers/all.js'
import { duration } from './progress/progress.js'
import { svgFile } from './report/html.js'
import { withUncertainty } from './text/number.js'

/** An experiment that comes with `ntk`. */
export interface KnownExperiment {
  readonly name: string
  /** Authors, year and title. */
  readonly paper: string
  /** What of the paper it follows: `Figure 4 and Section 6.5`. */
  readonly place: string
  /** What it shows, in one line. */
  readonly shows: string
}

/** A finding as reports write it. */
export interface FindingText {
  readonly statement: string
  /** `−0.348 ± 0.062` */
  readonly measured: string
  /** What theory or the paper says. */
  readonly theory: string
  readonly verdict: 'agrees' | 'differs' | 'too noisy'
  /** Where the theory is from and how the error bar was found. */
  readonly note: string
}

/** A setting that is not as the paper has it. */
export interface SettingDifference {
  /** In a config file: `network.width`. */
  readonly setting: string
  readonly here: unknown
  /** Undefined where the settings of the paper have none. */
  readonly paper: unknown
}

/** The kept results of one run. */
export interface ExperimentResult {
  readonly name: string
  /** What was found, in one sentence. */
  readonly headline: string
  readonly findings: readonly FindingText[]
  readonly figures: readonly {
    readonly name: string
    /** What to look at and why it is so. */
    readonly caption: string
    /** SVG files for light and for dark pages. */
    readonly light: string
    readonly dark: string
  }[]
  /** What differs from the preset `paper`; null of an experiment that is not one of `ntk`. */
  readonly differences: readonly SettingDifference[] | null
  /** What was typed, in order. */
  readonly commands: readonly string[]
  /** `4 min 12 s`; null where the run does not say. */
  readonly took: string | null
  /** The machines that worked on it, each as lines of a name and a text. */
  readonly machines: readonly (readonly (readonly [string, string])[])[]
}

/** All experiments that come with `ntk`, in the order of `ntk experiment list`. */
export async function knownExperiments(): Promise<KnownExperiment[]> {
  const all = await Promise.all(Object.values(experiments).map((load) => load()))
  return all.map(({ name, paper = '', summary }) => {
    const [, work = paper, place = ''] =
      /^(.*?), ((?:Figure|Table|Section|Theorem|Equation)s? .*)$/.exec(paper) ?? []
    return { name, paper: work, place, shows: summary }
  })
}

/**
 * The newest run of every experiment in a folder of runs, or in one that `ntk experiment report --out` wrote.
 *
 * @throws NtkError `config` for a preset `paper` that its experiment does not take
 */
export function readResults(folder: string): Promise<ExperimentResult[]> {
  return Promise.all(newestOfEach(process.cwd(), folder, undefined).map(resultOf))
}

async function resultOf(kept: Kept): Promise<ExperimentResult> {
  const { name, headline, commands, machines, seconds } = kept
  return {
    name,
    headline,
    findings: kept.findings.map((finding) => ({
      statement: finding.statement,
      measured: withUncertainty(finding.value, finding.uncertainty),
      theory: theoryText(finding),
      verdict: finding.verdict,
      note: finding.note,
    })),
    figures: kept.figures.map(({ svg, name, caption }) => ({
      name,
      caption,
      light: svgFile(svg, 'light'),
      dark: svgFile(svg, 'dark'),
    })),
    differences: await differencesOf(kept),
    commands,
    took: seconds === undefined ? null : duration(seconds),
    machines,
  }
}

/** Settings that say where files are, and which random numbers are drawn. */
const besideThePaper = ['out', 'dataDir', 'seed']

async function differencesOf({ name, config }: Kept): Promise<SettingDifference[] | null> {
  const load = Object.hasOwn(experiments, name) ? experiments[name] : undefined
  if (load === undefined) return null
  const experiment = await load()
  const paper = new Map(leaves(experiment.config(experiment.presets.paper ?? {}, 'preset paper')))
  return leaves(config).flatMap(([setting, here]) => {
    const there = paper.get(setting)
    if (besideThePaper.includes(setting) || isDeepStrictEqual(here, there)) return []
    return [{ setting, here, paper: there }]
  })
}

/** `network.width` and its value, of nested settings. */
function leaves(settings: object, before: string = ''): [string, unknown][] {
  return Object.entries(settings).flatMap(([key, value]): [string, unknown][] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? leaves(value, `${before}${key}.`)
      : [[`${before}${key}`, value]],
  )
}
