import { maxLearningRate } from '@ntk/dynamics'
import { empiricalNtkFn } from '@ntk/kernels-empirical'
import type { Layer, Params } from '@ntk/stax'
import { NtkError, showShape, type Tensor, tensorFromData } from '@ntk/tensor'
import { shortNumber } from '../../figures/curves.js'
import type { Stage, StageContext } from '../../runs/stages.js'
import { arrayOf, packArrays } from '../arrays.js'
import type { Setup } from '../setup.js'
import { conditionOf, eigenvaluesOf } from './kernels.js'
import { applyOf, initialParams, inputOf } from './training.js'

/** A network at its start: its outputs and its tangent kernel with all pairs of outputs. */
export interface Start {
  readonly params: Params<Tensor>
  /** [n, k] and [m, k] */
  readonly fTrain: Tensor
  readonly fTest: Tensor
  /** [n, n, k, k] and [m, n, k, k]; means over outputs, [n, n] and [m, n], where there are too many to couple. */
  readonly trainTrain: Tensor
  readonly testTrain: Tensor
}

/** Up to this many training outputs the closed form takes apart the kernel of all pairs of them. */
const coupledLimit = 4096

/** Whether the closed form couples outputs, as a finite network does, or takes the mean kernel for each. */
export function couplesOutputs(setup: Setup): boolean {
  return setup.config.data.train * setup.outputs <= coupledLimit
}

/** Outputs and empirical NTK of freshly initialized parameters. */
export async function startOf(
  setup: Setup,
  net: Layer,
  context: StageContext,
  title: string,
): Promise<Start> {
  const xTrain = inputOf(setup, context, 'x_train')
  const xTest = inputOf(setup, context, 'x_test')
  const params = initialParams(setup, net, xTrain)
  const apply = applyOf(net)
  const fTrain = apply(params, xTrain)
  checkOutputs(setup, fTrain)
  const task = context.progress.task(title, 2)
  const ntk = empiricalNtkFn(apply, couplesOutputs(setup) ? {} : { traceAxes: [-1] })
  const options = (part: number) => ({
    onProgress: ({ done, total }: { done: number; total: number }) => task.update(part + done / total),
    signal: context.signal,
  })
  try {
    const trainTrain = await ntk(xTrain, null, params, options(0))
    const testTrain = await ntk(xTest, xTrain, params, options(1))
    task.done()
    return { params, fTrain, fTest: apply(params, xTest), trainTrain, testTrain }
  } catch (error) {
    task.stop()
    throw error
  }
}

function checkOutputs(setup: Setup, outputs: Tensor): void {
  const [, columns] = outputs.shape
  if (outputs.rank === 2 && columns === setup.outputs) return
  throw new NtkError('config', {
    what: `The network must give one number a class: outputs of shape [n, ${setup.outputs}].`,
    got: showShape(outputs.shape),
    fix:
      outputs.rank === 2
        ? `End it with ["Dense", {"out": ${setup.outputs}}], or choose classes with --classes.`
        : 'Put ["Flatten"] where images become vectors.',
  })
}

/** The learning rate up to which this network's linearization is stable. */
export function largestRate(setup: Setup, start: Start, context: StageContext): number {
  const { momentum } = setup.config.training
  return maxLearningRate(start.trainTrain, { ySize: arrayOf(context, 'data', 'y_train').size, momentum })
}

/** What to say of a learning rate that is too large; null where it is not. */
export function rateWarning(rate: number, largest: number): string | null {
  if (rate <= largest) return null
  return `The learning rate ${shortNumber(rate)} is above the largest stable one, ${shortNumber(largest)}: training will probably diverge.`
}

/** The learning rate of the run: as given, or half of the largest stable one. A larger one gets a warning. */
function chooseRate(setup: Setup, largest: number, context: StageContext): number {
  const wanted = setup.config.training.learningRate
  if (wanted === 'auto') return largest / 2
  const warning = rateWarning(wanted, largest)
  if (warning !== null) context.progress.warn(warning)
  return wanted
}

/** Outputs and empirical NTK at the start, and the learning rate that follows from it. */
export function empiricalStage(setup: Setup): Stage {
  return {
    name: 'empirical',
    title: 'kernel of the network',
    async run(context) {
      const start = await startOf(setup, setup.net, context, this.title)
      const largest = largestRate(setup, start, context)
      const eigenvalues = eigenvaluesOf(overOutputs(start.trainTrain))
      return {
        values: {
          maxLearningRate: largest,
          learningRate: chooseRate(setup, largest, context),
          eigenvalues,
          condition: conditionOf(eigenvalues),
        },
        files: packArrays({
          f_train: start.fTrain,
          f_test: start.fTest,
          ntk_train_train: start.trainTrain,
          ntk_test_train: start.testTrain,
        }),
      }
    },
  }
}

/** [n, n, k, k] to [n, n]: the mean over outputs of their own kernels, which all have one limit at infinite width. */
export function overOutputs(kernel: Tensor): Tensor {
  if (kernel.rank === 2) return kernel
  const [n = 0, m = 0, k = 1] = kernel.shape
  const data = kernel.dataSync()
  const mean = new Float64Array(n * m)
  for (let pair = 0; pair < n * m; pair++) {
    for (let c = 0; c < k; c++) mean[pair] = (mean[pair] ?? 0) + (data[(pair * k + c) * k + c] ?? 0) / k
  }
  return tensorFromData(mean, [n, m])
}
