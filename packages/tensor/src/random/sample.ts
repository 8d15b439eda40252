import type { Backend } from '../backend.js'
import { allocate, type FloatDType } from '../dtype.js'
import { NtkError } from '../errors.js'
import { finite, integer, number, optional } from '../options/kinds.js'
import { readOptions } from '../options/read.js'
import { requireInteger } from '../options/require.js'
import type { RulesFor } from '../options/rule.js'
import { show } from '../options/show.js'
import { aBackend, aFloatDType } from '../options/values.js'
import { checkShape, type Shape, sizeOf } from '../shape.js'
import { Tensor, tensorFromData } from '../tensor.js'
import { fillBits32, fillBits64, fillNormal32, fillNormal64, fillUniform32, fillUniform64 } from './fill.js'
import { checkKey, type Key, split } from './key.js'
import { permutationIndices } from './permute.js'

export interface RandomOptions {
  /** float64 unless given. The two dtypes use different bits of the key: float32 numbers are not rounded float64 ones. */
  readonly dtype?: FloatDType | undefined
  readonly backend?: Backend | undefined
}

export interface UniformOptions extends RandomOptions {
  /** Inclusive, 0 unless given. */
  readonly min?: number | undefined
  /** Exclusive, 1 unless given. */
  readonly max?: number | undefined
}

const randomRules = {
  dtype: aFloatDType('float64'),
  backend: optional(aBackend()),
} satisfies RulesFor<RandomOptions>

const uniformRules = {
  min: finite(0),
  max: finite(1),
  ...randomRules,
} satisfies RulesFor<UniformOptions>

function sized(op: string, key: Key, shape: Shape): number {
  checkKey(op, key)
  checkShape(op, shape)
  return sizeOf(shape)
}

/**
 * Random bits, as `jax.random.bits`: a flat host array in row-major order of `shape` (there is no tensor of
 * unsigned integers).
 */
export function randomBits(key: Key, shape: Shape, width?: 32): Uint32Array
export function randomBits(key: Key, shape: Shape, width: 64): BigUint64Array
export function randomBits(key: Key, shape: Shape, width: 32 | 64 = 32): Uint32Array | BigUint64Array {
  const size = sized('randomBits', key, shape)
  if (width === 64) {
    const out = new BigUint64Array(size)
    fillBits64(key, out)
    return out
  }
  if (width !== 32) {
    throw new NtkError('option', { what: 'randomBits gives 32 or 64 bits a number.', got: String(width) })
  }
  const out = new Uint32Array(size)
  fillBits32(key, out)
  return out
}

/** Uniform numbers in [min, max), as `jax.random.uniform`: 52 random bits in float64, 23 in float32. */
export function uniform(key: Key, shape: Shape, options?: UniformOptions): Tensor {
  const { min, max, dtype, backend } = readOptions('uniform', uniformRules, options)
  const size = sized('uniform', key, shape)
  if (!(min < max)) {
    throw new NtkError('option', { what: 'uniform needs finite min < max.', got: `min ${min}, max ${max}` })
  }
  const out = allocate(dtype, size)
  if (out instanceof Float64Array) fillUniform64(key, out, min, max)
  else if (out instanceof Float32Array) fillUniform32(key, out, min, max)
  return tensorFromData(out, shape, backend)
}

/** Standard normal numbers, as `jax.random.normal`. */
export function normal(key: Key, shape: Shape, options?: RandomOptions): Tensor {
  const { dtype, backend } = readOptions('normal', randomRules, options)
  const out = allocate(dtype, sized('normal', key, shape))
  if (out instanceof Float64Array) fillNormal64(key, out)
  else if (out instanceof Float32Array) fillNormal32(key, out)
  return tensorFromData(out, shape, backend)
}

export interface BernoulliOptions {
  /** The chance of true, 0.5 unless given. */
  readonly p?: number | undefined
  readonly backend?: Backend | undefined
}

const bernoulliRules = {
  p: number('a probability in [0, 1]', (v) => v >= 0 && v <= 1, 0.5),
  backend: optional(aBackend()),
} satisfies RulesFor<BernoulliOptions>

/** bool, true with probability `p`, as `jax.random.bernoulli` with a float64 `p`. */
export function bernoulli(key: Key, shape: Shape, options?: BernoulliOptions): Tensor {
  const { p, backend } = readOptions('bernoulli', bernoulliRules, options)
  const size = sized('bernoulli', key, shape)
  const u = new Float64Array(size)
  fillUniform64(key, u, 0, 1)
  return tensorFromData(
    Uint8Array.from(u, (value) => Number(value < p)),
    shape,
    backend,
  )
}

export interface RandomIntOptions {
  /** Inclusive, 0 unless given. */
  readonly min?: number | undefined
  /** Exclusive. */
  readonly max: number
  readonly backend?: Backend | undefined
}

const randomIntRules = {
  min: integer('an integer of 32 bits', (v) => v >= -(2 ** 31) && v < 2 ** 31, 0),
  max: integer('an integer of 32 bits, or 2^31', (v) => v >= -(2 ** 31) && v <= 2 ** 31),
  backend: optional(aBackend()),
} satisfies RulesFor<RandomIntOptions>

/** int32 numbers in [min, max), as `jax.random.randint` makes them. */
export function randomInt(key: Key, shape: Shape, options: RandomIntOptions): Tensor {
  const { min, max, backend } = readOptions('randomInt', randomIntRules, options)
  const size = sized('randomInt', key, shape)
  if (!(min < max)) {
    throw new NtkError('option', {
      what: 'randomInt needs 32-bit integers min < max.',
      got: `min ${min}, max ${max}`,
    })
  }
  // 64 random bits modulo the span: (high * 2^32 + low) mod span, products of 32-bit words modulo 2^32.
  const [k1, k2] = split(key)
  const high = randomBits(k1, [size])
  const low = randomBits(k2, [size])
  const span = max - min
  const half = 2 ** 16 % span
  const multiplier = (Math.imul(half, half) >>> 0) % span
  const out = new Int32Array(size)
  for (let i = 0; i < size; i++) {
    const sum = (Math.imul((high[i] as number) % span, multiplier) + ((low[i] as number) % span)) >>> 0
    out[i] = min + (sum % span)
  }
  return tensorFromData(out, shape, backend)
}

/**
 * A random order, as `jax.random.permutation`. Of a number n: the int32 tensor [n] of a permutation of 0 ... n-1.
 * Of a tensor: its slices along the first axis in random order. Of an array: its items in random order.
 */
export function permutation(key: Key, of: number): Tensor
export function permutation(key: Key, of: Tensor): Tensor
export function permutation<T>(key: Key, of: readonly T[]): T[]
export function permutation<T>(key: Key, of: number | Tensor | readonly T[]): Tensor | T[] {
  checkKey('permutation', key)
  if (typeof of === 'number') {
    requireInteger(of, 'The number that permutation takes', 0, 2 ** 31 - 1)
    return tensorFromData(permutationIndices(key, of), [of])
  }
  if (Array.isArray(of)) return Array.from(permutationIndices(key, of.length), (i) => of[i] as T)
  if (!Tensor.isInstance(of)) {
    throw new NtkError('value', {
      what: 'permutation takes a number, a tensor or an array.',
      got: show(of),
    })
  }
  const [rows] = of.shape
  if (rows === undefined) {
    throw new NtkError('shape', {
      what: 'permutation needs a tensor with at least one axis.',
      got: 'a scalar',
    })
  }
  const data = of.dataSync()
  const out = allocate(of.dtype, data.length)
  const width = rows === 0 ? 0 : data.length / rows
  permutationIndices(key, rows).forEach((from, to) => {
    out.set(data.subarray(from * width, (from + 1) * width), to * width)
  })
  return tensorFromData(out, of.shape, of.backend)
}
