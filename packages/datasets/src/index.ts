export { checkDataset, type Dataset, sizeOfDataset, takeExamples } from './dataset.js'
export { type GlyphsOptions, glyphs } from './glyphs/glyphs.js'
export { type IdxArray, parseIdx } from './idx.js'
export { centredLabels, type LabelOptions, oneHot, signLabels } from './labels.js'
export { type MnistFiles, type MnistFromIdxOptions, mnistFromIdx } from './mnist.js'
export {
  flatten,
  normalizeSamples,
  type SampleNorm,
  type Statistics,
  type StatisticsPer,
  standardize,
  statistics,
} from './normalize.js'
export { type SplitOptions, type SubsetOptions, shuffle, splitDataset, subset } from './select.js'
