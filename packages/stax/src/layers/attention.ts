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
import { boolean, nonNegative, oneOf, orNull, positiveInteger } from '@ntk/tensor/options'
import type { Layer, Params } from '../layer.js'
import { maskable, maskOfPositions, type PaddedOptions } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readInit, readLayerOptions, specOptions } from '../spec/options.js'
import { channelsOf } from './affine.js'

const rules = {
  out: positiveInteger(64),
  heads: positiveInteger(1),
  keyChannels: positiveInteger(64),
  valueChannels: positiveInteger(64),
  linearScaling: boolean(true),
  mechanism: oneOf(['SOFTMAX', 'IDENTITY', 'ABS', 'RELU'], 'SOFTMAX'),
  wKeyStd: nonNegative(1),
  wValueStd: nonNegative(1),
  wQueryStd: nonNegative(1),
  wOutStd: nonNegative(1),
  bStd: orNull(nonNegative(), null),
} as const

export interface AttentionOptions {
  /** Channels of the output, of keys and queries, and of values a head; 64 each unless given. */
  readonly out?: number
  readonly keyChannels?: number
  readonly valueChannels?: number
  /** 1 unless given. */
  readonly heads?: number
  /** Scores divided by the number of key channels, with keys that are the queries (the default); else by its root. */
  readonly linearScaling?: boolean
  /** What turns scores into weights, 'SOFTMAX' unless given. */
  readonly mechanism?: 'SOFTMAX' | 'IDENTITY' | 'ABS' | 'RELU'
  readonly wKeyStd?: number
  readonly wValueStd?: number
  readonly wQueryStd?: number
  readonly wOutStd?: number
  readonly bStd?: number | null
}

/**
 * Self-attention over all positions of [batch, spatial..., channels] (Hron et al. 2020, Equations 1 to 3). Params
 * { query [in, heads, key], key (without linear scaling), value [in, heads, value], out [heads, value, out], b [out] }.
 */
export function GlobalSelfAttention(options: AttentionOptions = {}): Layer {
  const o = readLayerOptions('GlobalSelfAttention', rules, options)
  return maskable(maskOfPositions, {
    spec: specOf('GlobalSelfAttention', specOptions(rules, o)),
    inputs: 'one',
    outputs: 'one',
    init: (key, inputShape, initOptions) => {
      const { dtype } = readInit(initOptions)
      const channels = channelsOf('GlobalSelfAttention', inputShape)
      const [forQuery, forKey, forValue, forOut, forBias] = split(key, 5)
      const draw = (k: Key, shape: Shape): Tensor => normal(k, shape, { dtype })
      return {
        outputShape: [...inputShape.slice(0, -1), o.out],
        params: {
          query: draw(forQuery, [channels, o.heads, o.keyChannels]),
          ...(o.linearScaling ? {} : { key: draw(forKey, [channels, o.heads, o.keyChannels]) }),
          value: draw(forValue, [channels, o.heads, o.valueChannels]),
          out: draw(forOut, [o.heads, o.valueChannels, o.out]),
          ...(o.bStd === null ? {} : { b: draw(forBias, [o.out]) }),
        },
      }
    },
    apply: (params, x, { mask }: PaddedOptions = {}) => {
      const p = attentionParams(params, !o.linearScaling, o.bStd !== null)
      const channels = x.shape.at(-1) as number
      const positions = sizeOf(x.shape.slice(1, -1))
      const flat = reshape(x, [x.shape[0] as number, positions, channels])
      // [n, positions, heads, d], scaled as an ntk-parameterized dense layer
      const project = (w: typeof x, std: number): typeof x =>
        mul(dotGeneral(flat, w, { lhsContract: [2], rhsContract: [0] }), std / Math.sqrt(channels))
      const queries = project(p.query, o.wQueryStd)
      const keys = project(p.key ?? p.query, o.wKeyStd)
      const values = project(p.value, o.wValueStd)
      const pair = { lhsBatch: [0, 2], rhsBatch: [0, 2] }
      const scores = dotGeneral(queries, keys, { ...pair, lhsContract: [3], rhsContract: [3] })
      const scaled = mul(scores, o.keyChannels ** (o.linearScaling ? -1 : -0.5))
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
      const y = mul(mixed, o.wOutStd / Math.sqrt(o.heads * o.valueChannels))
      const biased = p.b === undefined || o.bStd === null ? y : add(y, mul(p.b, o.bStd))
      return reshape(biased, [...x.shape.slice(0, -1), o.out])
    },
    kernel: [{ kind: 'finiteOnly', layer: 'GlobalSelfAttention' }],
  })
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
}

function attentionParams<V extends Value>(
  params: Params<V>,
  hasKey: boolean,
  hasBias: boolean,
): AttentionParams<V> {
  const record = (params ?? {}) as unknown as Readonly<Record<string, V>>
  const names = ['query', ...(hasKey ? ['key'] : []), 'value', 'out', ...(hasBias ? ['b'] : [])]
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
