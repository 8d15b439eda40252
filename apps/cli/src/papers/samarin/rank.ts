import { effectiveRankOf, empiricalNtkFn, kernelMatrix } from '@ntk/kernels-empirical'
import { slice, type Tensor } from '@ntk/tensor'
import { type Stage, stage } from '../../experiment/stage.js'
import { eigenvaluesOf } from '../../measures/spectrum.js'
import { workOf } from './cost.js'
import { imageShape, type SamarinData, type SamarinImages } from './images.js'
import { type Architecture, networkOf, pyTorchParams } from './networks.js'
import { keyOfMember, type PairBlock } from './pairs.js'

/** Features ∇f_l(x) of some images at the start of networks of several widths. */
export interface RankBlock {
  readonly architecture: Architecture
  readonly images: SamarinImages
  readonly factors: readonly number[]
  readonly networks: number
  readonly keys: Pick<PairBlock['keys'], 'data' | 'networks'>
}

export interface RankOutput {
  readonly values: {
    readonly architecture: Architecture
    readonly factor: number
    readonly rank: number
    /** Of the matrix: images times outputs. */
    readonly rows: number
    /** The effective rank for the first half of the images, as a share of their rows. */
    readonly halfShare: number
  }
  readonly arrays: Readonly<Record<never, Tensor>>
}

/**
 * The effective rank (Roy and Vetterli 2007) of the matrix of features, with a row for each output of each image: exp of the entropy
 * of its singular values, which are the roots of the eigenvalues of the NTK.
 */
export function rankStage(
  { architecture, images, keys }: RankBlock,
  data: Stage<SamarinData>,
  factor: number,
  member: number,
): Stage<RankOutput> {
  const [side = 1, , channels = 1] = imageShape(images)
  const { numbers, products, parameters } = workOf(architecture, factor, side, channels)
  const rows = 10 * images.train
  return stage({
    name: `${architecture}-x${factor}-${member}`,
    title: `features of ×${factor}`,
    needs: { data },
    seconds:
      0.2 +
      rows * (numbers * 1.5e-8 + products * 2e-10 + parameters * 2e-9) +
      rows ** 2 * parameters * 2e-11 +
      rows ** 3 * 2e-9,
    async run({ data: { values, arrays } }, { signal, onPart }) {
      const x = slice(arrays.x_train, [0, images.train])
      const net = networkOf(architecture, factor, values.classes)
      const params = pyTorchParams(net, keyOfMember(keys.networks, factor, member), [-1, ...x.shape.slice(1)])
      const kernel = await empiricalNtkFn(net.apply, {})(x, null, params, {
        signal,
        onProgress: ({ done, total }) => onPart(total === null ? 0 : (0.9 * done) / total),
      })
      const matrix = kernelMatrix(kernel)
      const rows = matrix.shape[0] ?? 0
      const half = values.classes * Math.floor(images.train / 2)
      const own = {
        architecture,
        factor,
        rank: rankOf(matrix),
        rows,
        halfShare: rankOf(slice(matrix, [0, half], [0, half])) / half,
      }
      return { values: own, arrays: {} }
    },
  })
}

function rankOf(kernel: Tensor): number {
  return effectiveRankOf(eigenvaluesOf(kernel).map((value) => Math.sqrt(Math.max(0, value))))
}
