export { erfInv as erfInvScalar } from './erfinv.js'
export { foldIn, type Key, key, split } from './key.js'
export {
  bernoulli,
  type BernoulliOptions,
  normal,
  permutation,
  randomBits,
  randomInt,
  type RandomIntOptions,
  type RandomOptions,
  uniform,
  type UniformOptions,
} from './sample.js'
