/** Reading the options of functions: one reader and its rules, for every package. */
export { aTensor, requireTensor } from './a-tensor.js'
export { firstNotFinite, requireFinite, requireFloats } from './finite-numbers.js'
export {
  aFunction,
  aSignal,
  axes,
  boolean,
  either,
  finite,
  integer,
  listOf,
  nonNegative,
  nonNegativeInteger,
  number,
  numbers,
  oneOf,
  oneOrMore,
  optional,
  orNull,
  positive,
  positiveInteger,
  record,
  recordOf,
  rule,
  text,
} from './kinds.js'
export { camelCase, editDistance, nearest, suggestion } from './nearest.js'
export { checkOptions, isRecord, readOptions, readValue } from './read.js'
export {
  requireBytes,
  requireFunction,
  requireInteger,
  requireList,
  requireNumber,
  requireParts,
  requireText,
  requireValue,
  requireWord,
} from './require.js'
export type { OptionsOf, Rule, Rules, RulesFor } from './rule.js'
export { show } from './show.js'
export { showBytes } from './show-bytes.js'
export { aBackend, aDType, aFloatDType, aKey } from './values.js'
