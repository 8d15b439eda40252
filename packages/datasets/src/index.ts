export {
  flipImages,
  type PadCropFlipOptions,
  padCropFlip,
  type RandomCropOptions,
  randomCrop,
} from './augment.js'
export { type DatasetBatchesOptions, datasetBatches } from './batches.js'
export { type Cifar10Options, cifar10Classes, cifar10FromBinary } from './cifar10.js'
export { type Cifar10ArchiveOptions, cifar10FromArchive } from './cifar10-archive.js'
export { checkDataset, type Dataset, sizeOfDataset, takeExamples } from './dataset.js'
export { type GlyphsOptions, glyphs } from './glyphs/glyphs.js'
export { type IdxArray, parseIdx } from './idx.js'
export { centreCrop, type ImageSize, resizeImages } from './images/resize.js'
export { centredLabels, type LabelOptions, oneHot, signLabels } from './labels.js'
export { fashionMnistClasses, type MnistFiles, type MnistFromIdxOptions, mnistFromIdx } from './mnist.js'
export {
  flatten,
  normalizeSamples,
  type SampleNorm,
  type Statistics,
  type StatisticsPer,
  standardize,
  statistics,
} from './normalize.js'
export type { LabelsOfImages, PickImages } from './pick.js'
export {
  type GaussianPointsOptions,
  gaussianPoints,
  type InterpolateOptions,
  interpolate,
  type SpherePointsOptions,
  spherePoints,
} from './points.js'
export {
  type SplitOptions,
  type SubsetOptions,
  shuffle,
  splitDataset,
  subset,
  type TwoClasses,
  twoClasses,
} from './select.js'
export type { ColumnType } from './tables/columns.js'
export type { Separator } from './tables/csv.js'
export {
  type EncodedColumn,
  type EncodedTable,
  encodeTable,
  type TableEncoding,
  type TableEncodingOptions,
  tableEncoding,
} from './tables/encode.js'
export { tableFromCsv } from './tables/from-csv.js'
export { type GeneratedTable, type GenerateTableOptions, generateTable } from './tables/generate.js'
export type { TableOptions } from './tables/read.js'
export { type GeneratedName, generatedNames } from './tables/recipes.js'
export {
  type CategoryColumn,
  type Column,
  dropMissing,
  type NumberColumn,
  type SplitTableOptions,
  splitTable,
  type Table,
  takeRows,
} from './tables/table.js'
export { type Whitening, type WhiteningOptions, whiten, whitening } from './whiten.js'
