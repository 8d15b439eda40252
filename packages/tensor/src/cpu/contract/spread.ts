/**
 * A convolution the other way round: every input position times all of the weights, added up where its products belong.
 * What `grad` makes of a convolution has fewer positions, and more channels, in its input than in its output: then this is less
 * work than a product with patches, up to a tap's number of times for strided ones, whose patches are mostly zeros.
 */
import { allocateDirty } from '../../dtype.js'
import { sizeOf, stridesOf } from '../../shape.js'
import { copyStrided } from '../copy.js'
import type { CpuContext } from '../rule.js'
import type { FloatArray } from '../wasm/index.js'
import { addPatches, takesPatches } from '../wasm/patches.js'
import { type ConvGeometry, placesOf, SLAB } from './patches.js'
import { product } from './product.js'

/** Multiplications that cost as much as to write an element of a patch and read it again. */
const MOVE = 16

/**
 * The geometry whose patches, of the output, this convolution adds up; null where patches of the input are less work, or
 * where it has none: output position o reads input position i by tap t where o = i · gap − t · reach + low, which of the
 * reversed taps t' is i · gap + t' · reach − ((taps − 1) · reach − low).
 */
export function spreadOf(
  g: ConvGeometry,
  x: FloatArray,
  channels: number,
  outs: number,
  samples: number,
): ConvGeometry | null {
  const taps = sizeOf(g.window)
  const [ins, positions] = [sizeOf(g.inSizes), sizeOf(g.outSizes)]
  const there = ins * outs * (channels + MOVE)
  const here = positions * channels * (outs + MOVE)
  // a sample's products are made at once
  if (there >= here || ins * taps * outs > SLAB || samples === 0) return null
  const inStrides = stridesOf([...g.outSizes, outs]).slice(0, -1)
  const spread = {
    sampleStride: positions * outs,
    inSizes: g.outSizes,
    inStrides,
    outSizes: g.inSizes,
    window: g.window,
    strides: g.lhsDilation,
    low: g.window.map((n, i) => (n - 1) * (g.rhsDilation[i] as number) - (g.low[i] as number)),
    lhsDilation: g.strides,
    rhsDilation: g.rhsDilation,
  }
  return takesPatches(spread, x) ? spread : null
}

/** out [samples, positions, outs] by spreading x [samples, ..., channels] with weights [window..., channels, outs]. */
export function bySpreading(
  context: CpuContext,
  g: ConvGeometry,
  x: FloatArray,
  channels: number,
  weights: FloatArray,
  out: FloatArray,
  outs: number,
  samples: number,
): void {
  const taps = sizeOf(g.window)
  const width = taps * outs
  // [window, channels, outs] to [channels, reversed window, outs]
  const turned = like(x, weights.length)
  copyStrided(
    weights,
    (taps - 1) * channels * outs,
    [outs, -channels * outs, 1],
    turned,
    0,
    [width, outs, 1],
    [channels, taps, outs],
  )
  const tables = g.window.map((_, axis) => placesOf(g, axis))
  const ins = sizeOf(g.outSizes)
  const many = Math.max(1, Math.min(samples, Math.floor(SLAB / (ins * width))))
  // Products by WebAssembly take the memory that they would be written to.
  const apart = context.blas() === null ? like(x, many * ins * width) : null
  for (let first = 0; first < samples; first += many) {
    const count = Math.min(many, samples - first)
    const a = { data: x, offset: first * ins * channels, ld: channels }
    const b = { data: turned, offset: 0, ld: width }
    const multiply = (data: FloatArray, offset: number): void =>
      product(context, count * ins, width, channels, a, b, { data, offset, ld: width })
    if (apart !== null) multiply(apart, 0)
    const fill =
      apart === null
        ? multiply
        : (memory: FloatArray, offset: number): void =>
            memory.set(apart.subarray(0, count * ins * width), offset)
    addPatches(g, tables, outs, count, out, first * g.sampleStride, fill)
  }
}

const like = (x: FloatArray, length: number): FloatArray =>
  allocateDirty(x instanceof Float64Array ? 'float64' : 'float32', length) as FloatArray
