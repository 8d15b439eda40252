import { normalizeSamples } from '@ntk/datasets'
import { Dense, type Layer, Relu, repeat, serial, Tanh } from '@ntk/stax'
import { reshape, type Tensor } from '@ntk/tensor'
import { type Runnable, runnable } from '../experiment/runnable.js'
import { affineOf } from './common.js'
import { type ComparedCase, gpExperiment, type Reference } from './gp/experiment.js'
import { type GpConfig, gpSettings } from './gp/settings.js'

/** Rows of Table 1: depth, variances of weights and biases, accuracy. */
interface Row {
  readonly activation: 'ReLU' | 'tanh'
  readonly data: GpConfig['data']
  readonly train: number
  readonly depth: number
  readonly wVar: number
  readonly bVar: number
  readonly accuracy: number
  readonly reference: Reference | null
}

const row = (
  activation: Row['activation'],
  data: Row['data'],
  train: number,
  [depth, wVar, bVar]: readonly [number, number, number],
  accuracy: number,
  reference: Reference | null = null,
): Row => ({ activation, data, train, depth, wVar, bVar, accuracy, reference })

const table: readonly Row[] = [
  row('ReLU', 'mnist', 1000, [20, 1.45, 0.28], 0.9279, {
    train: 1000,
    test: 2000,
    correct: 1869,
    first: [1.0193276719791302, 1.0189641862929446],
  }),
  row('tanh', 'mnist', 1000, [20, 1.96, 0.62], 0.9266),
  row('ReLU', 'cifar10', 1000, [7, 1.28, 0], 0.3608),
  row('ReLU', 'cifar10', 10_000, [5, 2.97, 0.28], 0.478, {
    train: 2000,
    test: 2000,
    correct: 757,
    first: [27.061977646316418, 25.64228959718779],
  }),
]

const activations: Readonly<Record<Row['activation'], () => Layer>> = { ReLU: Relu, tanh: Tanh }
const flat = (images: Tensor): Tensor =>
  normalizeSamples(reshape(images, [images.shape[0] ?? 0, -1]), 'length')
const nameOf = ({ activation, data, train }: Row): string => `${activation.toLowerCase()}-${data}-${train}`

function caseOf(one: Row): ComparedCase {
  const { activation, data, train, depth, wVar, bVar, accuracy, reference } = one
  const affine = affineOf(wVar, bVar)
  const block = serial(Dense(1, affine), activations[activation]())
  return {
    name: nameOf(one),
    title: `${activation} GP-${depth}-${wVar}-${bVar}`,
    net: serial(repeat(block, depth), Dense(1, affine)),
    get: 'nngp',
    inputs: flat,
    secondsPerPair: depth * (activation === 'tanh' ? 4e-7 : 4e-8),
    published: { accuracy, data, train, test: 10_000 },
    reference,
  }
}

/** Rows of the data set; of generated images those of MNIST. */
const rowsFor = ({ data }: GpConfig): readonly Row[] =>
  table.filter((one) => one.data === (data === 'cifar10' ? 'cifar10' : 'mnist'))

export const lee2018Nngp: Runnable = runnable(
  gpExperiment(
    {
      name: 'lee2018-nngp',
      summary:
        'Gaussian processes of fully connected networks, beside the published accuracies and those of neural-tangents',
      paper: 'Lee et al. 2018, Deep Neural Networks as Gaussian Processes, Table 1',
      settings: gpSettings({
        data: 'mnist',
        sizes: [125, 250, 500, 1000],
        test: 2000,
        side: null,
        subsets: 4,
        diagReg: 1e-10,
      }),
      presets: {
        quick: { data: 'glyphs', sizes: [25, 50, 100], test: 100, subsets: 3 },
        standard: {},
        paper: { sizes: [1000, 8000], test: 2000, subsets: 1 },
      },
    },
    {
      cases: (config) => rowsFor(config).map(caseOf),
      names: table.map(nameOf),
      lead: 'Regression on one-hot targets less 1/10 with the NNGP of the depths and variances that Table 1 of the paper names, images of equal norm, the first of their files. Published accuracies are of other draws of the data set, tested on 10,000 images. Where the images are those on which neural-tangents was run, right answers must be the same.',
    },
  ),
)
