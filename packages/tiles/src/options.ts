import { aFunction, aSignal, optional, type Rule, type RulesFor, rule } from '@ntk/tensor/options'
import type { TileSink } from './sink.js'
import type { WalkCallOptions } from './walk.js'

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
