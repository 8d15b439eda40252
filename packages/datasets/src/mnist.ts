import { NtkError, tensorFromData } from '@ntk/tensor'
import {
  aFunction,
  isRecord,
  listOf,
  optional,
  type Rule,
  type RulesFor,
  readOptions,
  rule,
  show,
  text,
} from '@ntk/tensor/options'
import { checkDataset, type Dataset } from './dataset.js'
import { type IdxArray, parseIdx } from './idx.js'
import { type PickImages, pickedRows } from './pick.js'

export interface MnistFiles {
  /** Bytes of the IDX file, plain or gzipped. */
  readonly images: Uint8Array
  readonly labels: Uint8Array
}

export interface MnistFromIdxOptions {
  /** Stands in messages and in the record; 'mnist' unless given. */
  readonly name?: string | undefined
  /** What to call the two files in messages. */
  readonly imagesName?: string | undefined
  readonly labelsName?: string | undefined
  /** Names of the labels 0, 1, ...; the ten digits unless given. */
  readonly classes?: readonly string[] | undefined
  /** Only the first so many images. */
  readonly limit?: number | undefined
  /** Which images (of those within `limit`), in which order: their positions. No others become numbers. */
  readonly pick?: PickImages | undefined
}

/** Of `limit`: so many images, or all. */
export const imageLimit = (byDefault?: number): Rule<number> =>
  rule(
    'a number of images',
    (v) => v === Infinity || (Number.isSafeInteger(v) && (v as number) >= 0),
    byDefault,
  )

const rules = {
  name: text('mnist'),
  imagesName: text('the images'),
  labelsName: text('the labels'),
  classes: optional(listOf(text())),
  limit: imageLimit(Infinity),
  pick: optional(aFunction<PickImages>()),
} satisfies RulesFor<MnistFromIdxOptions>

const digits: readonly string[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']

/** Of Fashion-MNIST (Xiao et al. 2017), in the order of the labels 0 to 9. */
export const fashionMnistClasses: readonly string[] = [
  'T-shirt/top',
  'trouser',
  'pullover',
  'dress',
  'coat',
  'sandal',
  'shirt',
  'sneaker',
  'bag',
  'ankle boot',
]

/**
 * MNIST, or a set of its form (Fashion-MNIST, KMNIST), from its two IDX files: images [n, h, w, 1] in [0, 1].
 * Bytes are divided by 255; files of floating-point numbers must be in [0, 1] already.
 * Throws NtkError 'data' where a file is corrupt or the two do not match, 'not-finite' on NaN.
 */
export function mnistFromIdx(files: MnistFiles, options?: MnistFromIdxOptions): Dataset {
  const {
    name,
    imagesName,
    labelsName,
    classes = digits,
    limit,
    pick,
  } = readOptions('mnistFromIdx', rules, options)
  if (!isRecord(files)) {
    throw new NtkError('value', {
      what: 'mnistFromIdx needs { images, labels }, the bytes of two files.',
      got: show(files),
    })
  }
  const all = parseIdx(files.images, imagesName)
  const labels = parseIdx(files.labels, labelsName)
  expectRank(all, 3, imagesName, 'images of shape n x height x width', '0x00000803')
  expectRank(labels, 1, labelsName, 'n labels', '0x00000801')
  const total = all.shape[0] as number
  if (labels.shape[0] !== total) {
    throw new NtkError('data', {
      what: `${imagesName} and ${labelsName} do not belong together: ${total} images need ${total} labels.`,
      got: `${labels.shape[0]} labels`,
      fix: 'Take both files from the same set.',
    })
  }
  const [, height, width] = all.shape as [number, number, number]
  const known = Int32Array.from(labels.data.subarray(0, Math.min(total, limit)))
  const rows = pickedRows(known, { name, classes, pick })
  const n = rows.length
  return checkDataset({
    name,
    images: tensorFromData(pixels(all, rows, height * width, imagesName), [n, height, width, 1]),
    labels: tensorFromData(
      Int32Array.from(rows, (row: number) => known[row] as number),
      [n],
    ),
    classes,
  })
}

function expectRank(array: IdxArray, rank: number, name: string, form: string, magic: string): void {
  if (array.shape.length === rank) return
  throw new NtkError('data', {
    what: `${name} should hold ${form}.`,
    got: `an array of ${array.shape.length} axes`,
    fix: `Its magic number should be ${magic}.`,
  })
}

/** Of the images `rows`, each of `size` numbers. */
function pixels({ data }: IdxArray, rows: ArrayLike<number>, size: number, name: string): Float64Array {
  const out = new Float64Array(rows.length * size)
  const scale = data instanceof Uint8Array ? 255 : 1
  for (let i = 0; i < rows.length; i++) {
    const from = (rows[i] as number) * size
    for (let p = 0; p < size; p++) {
      const v = (data[from + p] as number) / scale
      // NaN goes through to the check of the whole dataset, which names the image.
      if (v < 0 || v > 1) {
        throw new NtkError('data', {
          what: `${name} holds numbers other than bytes, which must lie in [0, 1].`,
          got: String(v),
        })
      }
      out[i * size + p] = v
    }
  }
  return out
}
