export { erfInv as erfInvScalar } from './erfinv.js'
export { foldIn, type Key, type Keys, key, split } from './key.js'
export {
  type BernoulliOptions,
  bernoulli,
  normal,
  permutation,
  type RandomIntOptions,
  type RandomOptions,
  randomBits,
  randomInt,
  type UniformOptions,
  uniform,
} from './sample.js'
