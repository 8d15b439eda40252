import { Conv, Dense, Flatten, Relu, repeat, serial } from '@ntk/stax'
import { type Runnable, runnable } from '../experiment/runnable.js'
import { type ComparedCase, gpExperiment } from './gp/experiment.js'
import { gpSettings } from './gp/settings.js'

/** Layers, the readout among them, and accuracies with 2000 images (Arora et al. 2019, Table 1, CNTK-V). */
const published = [
  [3, 0.4094],
  [4, 0.4254],
  [6, 0.4343],
] as const

const nameOf = (depth: number): string => `depth-${depth}`

/** No biases, 3 × 3 with zeros at the border, all layers trained. */
const cases: ComparedCase[] = published.map(([depth, accuracy]) => ({
  name: nameOf(depth),
  title: `CNTK-V of depth ${depth}`,
  net: serial(
    repeat(serial(Conv(1, [3, 3], { wStd: Math.SQRT2, padding: 'SAME' }), Relu()), depth - 1),
    Flatten(),
    Dense(1),
  ),
  get: 'ntk',
  inputs: (images) => images,
  secondsPerPair: depth * 3.5e-5,
  published: { accuracy, data: 'cifar10', train: 2000, test: 10_000 },
  reference: null,
}))

export const cntk: Runnable = runnable(
  gpExperiment(
    {
      name: 'cntk',
      summary: 'Convolutional tangent kernels without pooling on CIFAR-10, beside the published accuracies',
      paper: 'Arora et al. 2019, On Exact Computation with an Infinitely Wide Neural Net, Table 1',
      settings: gpSettings({
        data: 'cifar10',
        sizes: [125, 250, 500],
        test: 500,
        side: null,
        subsets: 3,
        diagReg: 0,
      }),
      presets: {
        quick: { data: 'glyphs', sizes: [20, 40, 80], test: 200, subsets: 3, side: 10 },
        standard: {},
        paper: { sizes: [250, 500, 1000, 2000, 10_000], test: 2000, subsets: 1 },
      },
    },
    {
      cases: () => cases,
      names: published.map(([depth]) => nameOf(depth)),
      lead: 'Regression on one-hot targets less 1/10 with exact tangent kernels of infinitely wide convolutional ReLU networks whose readout is flattened; all layers are trained. Published accuracies are of 2000 training images and 10,000 test images of the whole data set; they were recalled, not read, and serve as a band.',
    },
  ),
)
