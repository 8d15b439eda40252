import { refusingBut } from '../places.js'
import { one } from './one.js'
import { elementsIn, functionCost, type StepRule } from './rule.js'
import type { MapStep } from './step.js'

/** What is not named is not known to survive a function that nobody looked into. */
export const mapRule: StepRule<MapStep> = {
  name: (step) => step.name,
  places: (step) => refusingBut({ means: 'consumes', source: 'consumes', ...step.places }),
  spatial: (step) => step.spatial ?? 'same',
  shapes: (_step, shapes) => shapes,
  hyperparameters: () => ({}),
  evaluate: (step, flow) => {
    const kernel = one(flow, step.name)
    const { source } = kernel
    const keepsMeans = step.places?.means === 'carries'
    const out = step.map(kernel)
    return [
      {
        ...out,
        means: keepsMeans ? out.means : undefined,
        patterns: kernel.patterns,
        // Whatever it does, it has no weights that other branches lack.
        source: source === undefined ? undefined : { of: source.of, by: 'other' },
      },
    ]
  },
  operations: (_step, work) => elementsIn(work) * functionCost,
}
