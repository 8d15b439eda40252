export { checkDataset, type Dataset, sizeOfDataset, takeExamples } from './dataset.js'
export { glyphs, type GlyphsOptions } from './glyphs/glyphs.js'
export { type IdxArray, parseIdx } from './idx.js'
export { centredLabels, type LabelOptions, oneHot, signLabels } from './labels.js'
export { type MnistFiles, mnistFromIdx, type MnistFromIdxOptions } from './mnist.js'
export {
  flatten,
  normalizeSamples,
  type SampleNorm,
  standardize,
  type Statistics,
  statistics,
  type StatisticsPer,
} from './normalize.js'
export { shuffle, splitDataset, type SplitOptions, subset, type SubsetOptions } from './select.js'
