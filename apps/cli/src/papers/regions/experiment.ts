import {
  defineExperiment,
  type Experiment,
  type ExperimentHead,
  type Figure,
  type FindingDefinition,
} from '../../experiment/experiment.js'
import { shortNumber } from '../../text/number.js'
import type { RegionDone } from './figures.js'
import { type RegionNumbers, regionNumbers } from './numbers.js'
import type { RegionConfig } from './settings.js'
import { makeRegionSetup, type RegionSetup } from './setup.js'
import { type RegionStages, regionStages } from './stages.js'

/** An experiment of maps of accuracy over the variance of the weights and the depth. */
export function regionExperiment(
  head: ExperimentHead<RegionConfig>,
  figures: readonly Figure<RegionDone>[],
  findings: readonly FindingDefinition<RegionDone>[],
): Experiment<RegionConfig, RegionSetup, RegionStages, RegionNumbers> {
  return defineExperiment({
    ...head,
    more: 'repeats',
    setup: makeRegionSetup,
    stages: regionStages,
    numbers: regionNumbers,
    figures,
    findings,
    story: ({ setup, numbers }, found) => {
      const { kinds, data, train, test, side, rate, steps, repeats, width } = setup.config
      const agreeing = found.filter(({ verdict }) => verdict === 'agrees').length
      const best = kinds.map((kind) => {
        const own = numbers.cells.filter((cell) => cell.kind === kind)
        const top = own.reduce((a, b) => (b.test > a.test ? b : a))
        return {
          label: `${kind}, best on test images`,
          value: `${(100 * top.test).toFixed(1)} %`,
          note: `σ_w² = ${shortNumber(top.wVar)}, σ_b² = ${shortNumber(top.bVar)}, depth ${top.depth}`,
        }
      })
      return {
        headline: `${agreeing} of ${found.length} findings on where deep networks train and generalize are as theory has them`,
        lead: `${width === null ? 'The mean of infinitely wide Erf networks' : `Erf networks of width ${width}, less themselves at their start,`} (${kinds.join(', ')}) after ${steps} steps of gradient descent at ${rate} · 2/λmax of the infinitely wide network${width === null ? ', by Equations 5 and 6 with exact kernels' : ''}: ${train} images of ${data} to train and ${test} to test, ${side} × ${side}, drawn ${repeats} times by chance. A network is ordered where inputs end up alike, and chaotic where they do not. The lines are six depth scales: ξ₁ = −1/log χ₁ in order, ξ* = −1/log(χ_c/χ₁) in chaos.`,
        facts: best,
      }
    },
  })
}
