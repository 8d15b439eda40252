import { maxLearningRate } from '@ntk/dynamics'
import { kernelFn } from '@ntk/kernels-analytic'
import { empiricalNtkFn, kernelMatrix } from '@ntk/kernels-empirical'
import { centredModel, gradientDescent, train } from '@ntk/optim'
import type { Params } from '@ntk/stax'
import { eigh, foldIn, key, NtkError, type Tensor } from '@ntk/tensor'
import { type Stage, stage } from '../../experiment/stage.js'
import { accuracyOf } from '../../measures/numbers.js'
import { type Apply, applyOf } from '../../networks/apply.js'
import { type ClassesOutput, classCount, classesStage } from '../classes.js'
import { netOf } from '../regions/kernels.js'
import type { RatesConfig } from './settings.js'

/** One network, trained at several rates from the same start. */
export interface NetworkRates {
  readonly values: {
    readonly wVar: number
    readonly member: number
    /** 2/λmax of its own tangent kernel over that of the infinitely wide network. */
    readonly own: number
    /**
     * The rate above which the distance from the labels along the first eigenvector of its own kernel grows in the first steps, in units of 2/λmax of the
     * infinitely wide network.
     */
    readonly rises: number
    /** Accuracy on the training images at the end. */
    readonly trainings: readonly { readonly rate: number; readonly accuracy: number }[]
  }
  readonly arrays: Readonly<Record<never, Tensor>>
}

export type RatesStages = {
  readonly data: Stage<ClassesOutput>
  readonly networks: readonly Stage<NetworkRates>[]
}

/** Between these rates the one is looked for above which outputs move away from the labels. */
export const lowest = 0.25
export const highest = 4

export function ratesStages(config: RatesConfig): RatesStages {
  const data = classesStage(config, foldIn(key(config.seed), 0))
  return {
    data,
    networks: config.wVars.flatMap((wVar, place) =>
      Array.from({ length: config.networks }, (_, member) => networkStage(config, data, wVar, place, member)),
    ),
  }
}

function networkStage(
  config: RatesConfig,
  data: Stage<ClassesOutput>,
  wVar: number,
  place: number,
  member: number,
): Stage<NetworkRates> {
  const { bVar, depth, width, rates, steps, early, bisections, train: n } = config
  const work = rates.length * steps + bisections * early
  return stage({
    name: `w-${String(wVar).replace('.', 'p')}-${member}`,
    title: `σ_w² = ${wVar}`,
    needs: { data },
    seconds: 0.2 + work * depth * (1.5e-4 + n * width ** 2 * 8e-10),
    async run({ data: { arrays } }, { signal, onPart }) {
      const { x_train: x, y_train: y } = arrays
      const net = netOf('FCN', depth, { wVar, bVar }, { width, outputs: classCount })
      const { params } = net.init([place, member].reduce(foldIn, foldIn(key(config.seed), 1)), [
        -1,
        ...x.shape.slice(1),
      ])
      const most = maxLearningRate(await kernelFn(net)(x, null, { get: 'ntk', signal }))
      const kernel = kernelMatrix(
        await empiricalNtkFn(net.apply, { traceAxes: [] })(x, null, params, { signal }),
      )
      const direction = firstEigenvector(kernel)
      const along = (outputs: ArrayLike<number>): number => lengthAlong(direction, outputs, y.dataSync())
      const apply = applyOf(net)
      // From outputs 0, which are near to the labels: the first steps are small, and the network follows its linearization.
      const centred = centredModel(apply, params).apply
      let done = 0
      let [holds, breaks]: [number, number] = [lowest, highest]
      for (let i = 0; i < bisections; i++) {
        const rate = Math.sqrt(holds * breaks)
        const { first, last } = await trainedFor(centred, params, x, y, rate * most, early, signal)
        if (along(last) > along(first)) breaks = rate
        else holds = rate
        done += early
        onPart(done / work)
      }
      const trainings: { rate: number; accuracy: number }[] = []
      for (const rate of [...rates].sort((a, b) => a - b)) {
        const { accuracy } = await trainedFor(apply, params, x, y, rate * most, steps, signal)
        trainings.push({ rate, accuracy })
        done += steps
        onPart(done / work)
      }
      const own = maxLearningRate(kernel) / most
      return { values: { wVar, member, own, rises: Math.sqrt(holds * breaks), trainings }, arrays: {} }
    },
  })
}

/** Outputs at the start and at the end, [n · classes]; infinite where the loss left the range of numbers. */
interface Trained {
  readonly first: ArrayLike<number>
  readonly last: ArrayLike<number>
  readonly accuracy: number
}

/** Of a kernel of all outputs of all samples, [n · classes]². */
function firstEigenvector(kernel: Tensor): Float64Array {
  const { vectors } = eigh(kernel)
  const [n = 0] = kernel.shape
  const data = vectors.dataSync()
  return Float64Array.from({ length: n }, (_, i) => data[i * n + n - 1] as number)
}

/** The length of what outputs lack of the labels, along a direction in the space of all outputs. */
function lengthAlong(direction: Float64Array, outputs: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < y.length; i++)
    sum += (direction[i] as number) * ((outputs[i] as number) - (y[i] as number))
  return Math.abs(sum)
}

async function trainedFor(
  apply: Apply,
  params: Params<Tensor>,
  x: Tensor,
  y: Tensor,
  learningRate: number,
  steps: number,
  signal: AbortSignal,
): Promise<Trained> {
  try {
    const { history } = await train({
      apply,
      params,
      x,
      y,
      loss: 'sum',
      optimizer: gradientDescent(learningRate),
      steps,
      outputs: true,
      signal,
    })
    const [first, last] = [history[0]?.sets.train, history.at(-1)?.sets.train]
    if (first?.outputs === undefined || last?.outputs === undefined)
      throw new Error('a training without its evaluations')
    const [before, after] = [first.outputs.dataSync(), last.outputs.dataSync()]
    return { first: before, last: after, accuracy: accuracyOf(after, y.dataSync(), classCount) }
  } catch (error) {
    if (!NtkError.isInstance(error) || error.code !== 'diverged') throw error
    // No class is found in numbers without meaning.
    const far = new Float64Array(y.size).fill(1e300)
    return { first: y.dataSync(), last: far, accuracy: 1 / classCount }
  }
}
