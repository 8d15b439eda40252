import {
  aFunction,
  aSignal,
  isRecord,
  listOf,
  optional,
  type Rule,
  type RulesFor,
  rule,
  text,
} from '@ntk/tensor/options'
import type { ResultArray } from './arrays.js'
import type { TilePlan } from './plan.js'
import type { TileSink } from './sink.js'
import type { WalkCallOptions, WalkOptions } from './walk.js'

function aSink(): Rule<TileSink> {
  return {
    ...rule<TileSink>(
      'a sink',
      (v) => typeof v === 'object' && v !== null && 'open' in v && typeof v.open === 'function',
    ),
    hint: (v) =>
      typeof v === 'string' ? `Write directory('${v}') or npyFiles('${v}'), of @ntk/tiles/node.` : undefined,
  }
}

function aShard(): Rule<string> {
  return rule("a shard 'i/n', part i of n", (v) => typeof v === 'string')
}

/** Rules for the options of every function that walks over pairs, for its own reading of options. */
export const walkRules: RulesFor<WalkCallOptions> = {
  sink: optional(aSink()),
  shard: optional(aShard()),
  onProgress: optional(aFunction<NonNullable<WalkCallOptions['onProgress']>>()),
  signal: optional(aSignal()),
}

/** Rules for the options of `walkTiles` itself. */
export const walkOptionsRules: RulesFor<WalkOptions> = {
  ...walkRules,
  what: text(),
  plan: rule<TilePlan>('a plan of planTiles', (v) => isRecord(v) && Array.isArray(v.tiles)),
  arrays: listOf(
    rule<ResultArray>(
      'an array of the result',
      (v) =>
        isRecord(v) && typeof v.name === 'string' && Array.isArray(v.trailing) && Array.isArray(v.exchanged),
    ),
    'a list of arrays, { name, over, trailing, exchanged, dtype }',
  ),
  compute: aFunction<WalkOptions['compute']>(),
  job: aFunction<WalkOptions['job']>(),
}
