import type { PositionalEmbedding } from '@ntk/kernels-analytic'
import {
  abs,
  add,
  all,
  dotGeneral,
  type Key,
  mul,
  NtkError,
  normal,
  relu,
  reshape,
  type Shape,
  sizeOf,
  softmax,
  split,
  type Tensor,
  transpose,
  type Value,
  where,
} from '@ntk/tensor'
import { boolean, nonNegative, oneOf, orNull, positive, positiveInteger } from '@ntk/tensor/options'
import type { Layer, Params } from '../layer.js'
import { maskable, maskOfPositions, type PaddedOptions } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readInit, readLayerOptions, specOptions } from '../spec/options.js'
import { channelsOf } from './affine.js'
import { type AxesOptions, axesRules, placed } from './placed.js'
import { embedder, embeddingShape } from './positional.js'

const rules = {
  out: positiveInteger(64),
  nHeads: positiveInteger(1),
  nChanKey: positiveInteger(64),
  nChanVal: positiveInteger(64),
  linearScaling: boolean(true),
  mechanism: oneOf(['SOFTMAX', 'IDENTITY', 'ABS', 'RELU'], 'SOFTMAX'),
  wKeyStd: nonNegative(1),
  wValueStd: nonNegative(1),
  wQueryStd: nonNegative(1),
  wOutStd: nonNegative(1),
  bStd: orNull(nonNegative(), null),
  posEmbType: oneOf(['NONE', 'SUM', 'CONCAT'], 'NONE'),
  posEmbPNorm: positive(2),
  posEmbDecayFn: oneOf(['d=0', 'exp(-d)', '1/(1+d)', '1/(1+d^2)'], 'd=0'),
  nChanPosEmb: orNull(positiveInteger(), null),
  wPosEmbStd: nonNegative(1),
  valPosEmb: boolean(false),
  ...axesRules,
} as const

export interface AttentionOptions extends AxesOptions {
  /** Channels of the output, of keys and queries, and of values a head; 64 each unless given. */
  readonly out?: number | undefined
  readonly nChanKey?: number | undefined
  readonly nChanVal?: number | undefined
  /** 1 unless given. */
  readonly nHeads?: number | undefined
  /** Scores divided by the number of key channels, with keys that are the queries (the default); else by its root. */
  readonly linearScaling?: boolean | undefined
  /** What turns scores into weights, 'SOFTMAX' unless given. */
  readonly mechanism?: 'SOFTMAX' | 'IDENTITY' | 'ABS' | 'RELU' | undefined
  readonly wKeyStd?: number | undefined
  readonly wValueStd?: number | undefined
  readonly wQueryStd?: number | undefined
  readonly wOutStd?: number | undefined
  readonly bStd?: number | null | undefined
  /** Trained embeddings of positions: added to the input ('SUM'), set beside its channels ('CONCAT'), or 'NONE' (the default). */
  readonly posEmbType?: 'NONE' | 'SUM' | 'CONCAT' | undefined
  /** Embeddings of positions i and j start with the correlation posEmbDecayFn of d = Σ |i − j|^posEmbPNorm over spatial axes; 2 unless given. */
  readonly posEmbPNorm?: number | undefined
  /** 'd=0' unless given: each position on its own. */
  readonly posEmbDecayFn?: 'd=0' | 'exp(-d)' | '1/(1+d)' | '1/(1+d^2)' | undefined
  /** Channels of 'CONCAT'; null (the default): as many as come in. */
  readonly nChanPosEmb?: number | null | undefined
  /** Standard deviation of the embeddings, 1 unless given. */
  readonly wPosEmbStd?: number | undefined
  /** Whether values see the embeddings too; false unless given: queries and keys only. */
  readonly valPosEmb?: boolean | undefined
}

/**
 * Self-attention over all positions of [batch, spatial..., channels] (Hron et al. 2020, Equations 1 to 3). Params
 * { query [in, heads, key], key (without linear scaling), value [in, heads, value], out [heads, value, out], b [out],
 * embedding [spatial..., channels] }, all N(0, 1). With square-root scaling its kernel is the limit of many heads, and there is none
 * for SOFTMAX.
 *
 * Throws NtkError 'spec' on options out of range, 'requirement' on a decay that is no correlation on the positions at hand.
 */
export function GlobalSelfAttention(options: AttentionOptions = {}): Layer {
  const o = readLayerOptions('GlobalSelfAttention', rules, options)
  const embedding: PositionalEmbedding | null =
    o.posEmbType === 'NONE'
      ? null
      : {
          type: o.posEmbType,
          pNorm: o.posEmbPNorm,
          decay: o.posEmbDecayFn,
          channels: o.nChanPosEmb,
          std: o.wPosEmbStd,
          inValues: o.valPosEmb,
        }
  const embed = embedding === null ? null : embedder(embedding)
  const layer = maskable(maskOfPositions, {
    spec: specOf('GlobalSelfAttention', specOptions(rules, o)),
    inputs: 'one',
    outputs: 'one',
    init: (key, inputShape, initOptions) => {
      const { dtype } = readInit(initOptions)
      const channels = channelsOf('GlobalSelfAttention', inputShape)
      const [forQuery, forKey, forValue, forOut, forBias, forPositions] = split(key, 6)
      const draw = (k: Key, shape: Shape): Tensor => normal(k, shape, { dtype })
      const positional = embedding === null ? null : embeddingShape(embedding, inputShape)
      const extra = embedding?.type === 'CONCAT' ? (positional?.at(-1) as number) : 0
      const seen = channels + extra
      const valued = embedding?.inValues === true ? seen : channels
      return {
        outputShape: [...inputShape.slice(0, -1), o.out],
        params: {
          query: draw(forQuery, [seen, o.nHeads, o.nChanKey]),
          ...(o.linearScaling ? {} : { key: draw(forKey, [seen, o.nHeads, o.nChanKey]) }),
          value: draw(forValue, [valued, o.nHeads, o.nChanVal]),
          out: draw(forOut, [o.nHeads, o.nChanVal, o.out]),
          ...(o.bStd === null ? {} : { b: draw(forBias, [o.out]) }),
          ...(positional === null ? {} : { embedding: draw(forPositions, positional) }),
        },
      }
    },
    apply: <V extends Value>(params: Params<V>, x: V, { mask }: PaddedOptions = {}): V => {
      const p = attentionParams(params, {
        key: !o.linearScaling,
        b: o.bStd !== null,
        embedding: embed !== null,
      })
      const channels = x.shape.at(-1) as number
      const positions = sizeOf(x.shape.slice(1, -1))
      const given = reshape(x, [x.shape[0] as number, positions, channels])
      const scored = embed === null ? given : embed(given, p.embedding as V, x.shape.slice(1, -1))
      const valued = embedding?.inValues === true ? scored : given
      // [n, positions, heads, d], scaled as an ntk-parameterized dense layer
      const project = (from: V, w: V, std: number): V =>
        mul(
          dotGeneral(from, w, { lhsContract: [2], rhsContract: [0] }),
          std / Math.sqrt(from.shape[2] as number),
        )
      const queries = project(scored, p.query, o.wQueryStd)
      const keys = project(scored, p.key ?? p.query, o.wKeyStd)
      const values = project(valued, p.value, o.wValueStd)
      const pair = { lhsBatch: [0, 2], rhsBatch: [0, 2] }
      const scores = dotGeneral(queries, keys, { ...pair, lhsContract: [3], rhsContract: [3] })
      const scaled = mul(scores, o.nChanKey ** (o.linearScaling ? -1 : -0.5))
      const weights = mechanisms[o.mechanism](mask === undefined ? scaled : unseen(scaled, mask, o.mechanism))
      // [n, heads, positions, value] to [n, positions, heads, value]
      const seen = dotGeneral(weights, values, {
        lhsBatch: [0, 1],
        rhsBatch: [0, 2],
        lhsContract: [3],
        rhsContract: [1],
      })
      const mixed = dotGeneral(transpose(seen, [0, 2, 1, 3]), p.out, {
        lhsContract: [2, 3],
        rhsContract: [0, 1],
      })
      const y = mul(mixed, o.wOutStd / Math.sqrt(o.nHeads * o.nChanVal))
      const biased = p.b === undefined || o.bStd === null ? y : add(y, mul(p.b, o.bStd))
      return reshape(biased, [...x.shape.slice(0, -1), o.out])
    },
    kernel: [
      {
        kind: 'attention',
        out: o.out,
        linearScaling: o.linearScaling,
        mechanism: o.mechanism,
        wKeyStd: o.wKeyStd,
        wValueStd: o.wValueStd,
        wQueryStd: o.wQueryStd,
        wOutStd: o.wOutStd,
        bStd: o.bStd,
        embedding,
      },
    ],
  })
  const { batchAxis, channelAxis } = o
  return placed(layer, 'GlobalSelfAttention', { input: { batchAxis, channelAxis }, output: null })
}

const mechanisms: Readonly<Record<'SOFTMAX' | 'IDENTITY' | 'ABS' | 'RELU', <V extends Value>(x: V) => V>> = {
  SOFTMAX: (x) => softmax(x, -1),
  IDENTITY: (x) => x,
  ABS: (x) => abs(x),
  RELU: (x) => relu(x),
}

/** Scores [n, heads, positions, positions] with those of padding so low that nothing of it is seen. */
function unseen<V extends Value>(scores: V, mask: Value, mechanism: keyof typeof mechanisms): V {
  const keys = reshape(all(mask, { axis: -1 }), [scores.shape[0] as number, 1, 1, scores.shape[3] as number])
  return where<Value>(keys, mechanism === 'SOFTMAX' ? -1e20 : 0, scores) as V
}

interface AttentionParams<V> {
  readonly query: V
  readonly key?: V
  readonly value: V
  readonly out: V
  readonly b?: V
  readonly embedding?: V
}

function attentionParams<V extends Value>(
  params: Params<V>,
  has: { readonly key: boolean; readonly b: boolean; readonly embedding: boolean },
): AttentionParams<V> {
  const record = (params ?? {}) as unknown as Readonly<Record<string, V>>
  const optional = (['key', 'b', 'embedding'] as const).filter((name) => has[name])
  const names = ['query', 'value', 'out', ...optional]
  const missing = names.filter((name) => record[name]?.shape === undefined)
  if (missing.length === 0) return record as unknown as AttentionParams<V>
  throw new NtkError('tree', {
    what: `GlobalSelfAttention needs params { ${names.join(', ')} }.`,
    got: `none for ${missing.join(', ')}`,
    fix: 'Take them from init of the same network.',
  })
}

export const attentionType: LayerType = {
  name: 'GlobalSelfAttention',
  rules,
  children: 'none',
  build: (options) => GlobalSelfAttention(options),
}
