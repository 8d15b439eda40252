import type { Story } from '../../experiment/experiment.js'
import type { Finding } from '../../experiment/finding.js'
import type { Mean } from '../../measures/error-bar.js'
import { shortNumber, withUncertainty } from '../../text/number.js'
import { type PairDone, widest } from './numbers.js'
import { type PairConfig, stepsOf, trainingOf } from './setup.js'

const shown = ({ mean, error }: Mean): string => withUncertainty(mean, error)

export function pairStory<C extends PairConfig>(
  { setup, numbers }: PairDone<C>,
  findings: readonly Finding[],
  who: string,
): Story {
  const { config, task } = setup
  const at = widest({ numbers })
  const agreeing = findings.filter(({ verdict }) => verdict === 'agrees').length
  const share = shortNumber(100 * (at?.share.mean ?? Number.NaN), 2)
  const { momentum, batch: rows } = trainingOf(setup)
  const batch = rows === null ? 'full batches' : `batches of ${rows}`
  const how =
    task.by === 'kernel'
      ? 'follows the closed form of its tangent kernel at the start'
      : 'is trained beside it, on the same batches'
  return {
    headline: `Networks of width ${at?.cell.width} end ${share} % of the way that their outputs go from their linearizations; ${agreeing} of ${findings.length} findings agree`,
    lead: `${who}, trained for ${config.steps} steps by ${momentum === 0 ? 'gradient descent' : `gradient descent with momentum ${momentum}`} on ${batch} of images of ${config.classes.length} classes of ${config.data}. The linearization of each network ${how}.${config.start === 'centred' ? ' Networks are taken less themselves at their start, which spares the scatter of random outputs there and has the same laws; the paper trains them as drawn (--set start=random).' : ''}`,
    facts: [],
    tables: [
      {
        caption: `After the last step, on ${config.test} test images; means over ${config.networks} networks`,
        head: [
          'network',
          'width',
          'depth',
          'trained on',
          'steps',
          'RMSE',
          'of the way',
          'accuracy',
          'of the linearization',
        ],
        rows: numbers.cells.map(({ cell, rmse, share: of, accuracy }) => [
          cell.kind,
          String(cell.width),
          String(cell.depth),
          String(cell.samples),
          String(stepsOf(setup, cell).steps),
          shown(rmse),
          shown(of),
          shown(accuracy.network),
          shown(accuracy.linearized),
        ]),
        note: 'RMSE: root mean square of the difference of the outputs of network and linearization; of the way: over how far the outputs of the network have moved.',
      },
    ],
  }
}
