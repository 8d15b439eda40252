import type { Story } from '../../experiment/experiment.js'
import type { Fact } from '../../report/html.js'
import { shortNumber } from '../../text/number.js'
import type { PhaseDone } from './findings.js'

/** What the report of `ntk phase` says in words. */
export function phaseStory({ setup, numbers }: PhaseDone): Story {
  const { bStd, samples } = setup.config
  const biases = bStd === null ? 'without biases' : `with biases of standard deviation ${shortNumber(bStd)}`
  const { critical } = numbers
  const headline =
    critical === null
      ? `Networks of ${setup.name} ${biases} have no critical point`
      : `Networks of ${setup.name} ${biases} are critical at σ_w² = ${shortNumber(critical.wVar, 5)}`
  const facts: Fact[] = []
  if (critical !== null) {
    facts.push({
      label: 'critical σ_w',
      value: shortNumber(Math.sqrt(critical.wVar), 6),
      note: 'standard deviation of the weights between order and chaos',
    })
    if (Number.isFinite(critical.qStar)) {
      facts.push({
        label: 'variance q*',
        value: shortNumber(critical.qStar, 5),
        note: 'of the values before activations, there',
      })
    }
  }
  const limit = numbers.laws.criticalKappa
  if (limit !== null) {
    facts.push({
      label: 'condition number',
      value: shortNumber(limit.measured, 4),
      note: `of the NTK of ${samples} samples, infinitely deep; theory ${shortNumber(limit.theory, 4)}`,
    })
  }
  return {
    headline,
    lead: [
      'A deep network of infinite width multiplies the distance of two near inputs by √χ₁ with each layer: in order (χ₁ < 1) all inputs end up alike, in chaos (χ₁ > 1) none do.',
      'Both show in the tangent kernel: in order its condition number grows with depth until nothing but the mean is learnt, in chaos it goes to 1 and what is learnt says nothing of other inputs.',
    ].join('\n\n'),
    facts,
  }
}
