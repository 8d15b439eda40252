import { cpuBackend, foldIn, type Key, key, normal, permutation, tensorFromData, uniform } from '@ntk/tensor'
import { aKey, integer, nonNegativeInteger, optional, type RulesFor, readOptions } from '@ntk/tensor/options'
import type { Dataset } from '../dataset.js'
import { drawPolyline } from './raster.js'
import { type Stroke, skeletons } from './skeletons.js'

export interface GlyphsOptions {
  /** key(0) unless given. */
  readonly key?: Key | undefined
  /** Number of images. */
  readonly n: number
  /** Height and width in pixels, 28 unless given. */
  readonly size?: number | undefined
}

const rules = {
  key: optional(aKey()),
  n: nonNegativeInteger(),
  size: integer('a number of pixels from 8 to 1024', (v) => v >= 8 && v <= 1024, 28),
} satisfies RulesFor<GlyphsOptions>

/**
 * A generated set of ten classes that needs no download: stylised digits drawn with a round pen in a random pose
 * (rotation, shift, scale, shear, a smooth warp), with random thickness, brightness and a little noise. Image i
 * depends on the key, the size and i only, not on `n`; each ten consecutive images hold each class once.
 */
export function glyphs(options: GlyphsOptions): Dataset {
  const { n, size, key: setKey = key(0) } = readOptions('glyphs', rules, options)
  const classes = skeletons.length
  const pixels = new Float64Array(n * size * size)
  const labels = new Int32Array(n)
  const orderKey = foldIn(setKey, 0)
  const poseKey = foldIn(setKey, 1)
  const noiseKey = foldIn(setKey, 2)
  let order: number[] = []
  for (let i = 0; i < n; i++) {
    const place = i % classes
    if (place === 0) order = permutation(foldIn(orderKey, i / classes), Array.from(skeletons.keys()))
    const label = order[place] as number
    const image = pixels.subarray(i * size * size, (i + 1) * size * size)
    drawGlyph(image, size, label, foldIn(poseKey, i), foldIn(noiseKey, i))
    labels[i] = label
  }
  return {
    name: 'glyphs',
    images: tensorFromData(pixels, [n, size, size, 1]),
    labels: tensorFromData(labels, [n]),
    classes: skeletons.map((s) => s.name),
  }
}

// Random numbers are read on the host whatever backend is the default.
const backend = cpuBackend()

function drawGlyph(image: Float64Array, size: number, label: number, poseKey: Key, noiseKey: Key): void {
  const draws = uniform(poseKey, [16], { min: -1, backend }).dataSync()
  let next = 0
  /** A number around `middle`, at most `spread` away. */
  const around = (middle: number, spread: number): number => middle + spread * (draws[next++] as number)

  const pose = makePose(size, around)
  const unit = size / 28
  const radius = Math.max(0.5, around(1.45, 0.65) * unit)
  const brightness = around(0.875, 0.125)
  const noise = around(0.05, 0.03)
  for (const stroke of (skeletons[label] as (typeof skeletons)[number]).strokes) {
    drawPolyline(image, size, pose(stroke), radius)
  }
  const grain = normal(noiseKey, [image.length], { backend }).dataSync()
  for (let p = 0; p < image.length; p++) {
    const value = brightness * (image[p] as number) + noise * (grain[p] as number)
    image[p] = Math.min(1, Math.max(0, value))
  }
}

/** From the skeleton's box to pixels: warp, scale, shear, rotation, shift. */
function makePose(
  size: number,
  around: (middle: number, spread: number) => number,
): (stroke: Stroke) => number[] {
  const angle = around(0, 0.3)
  const shear = around(0, 0.3)
  const scale = size * around(0.35, 0.06)
  const aspect = around(1, 0.22)
  // Nearly centred, as digits of MNIST are by their mass: dense networks know nothing of shifts.
  const shiftX = size * around(0.5, 0.03)
  const shiftY = size * around(0.5, 0.03)
  const bendX = around(0, 0.13)
  const bendY = around(0, 0.13)
  const waveX = around(0, 0.08)
  const waveY = around(0, 0.08)
  const phaseX = around(0, Math.PI)
  const phaseY = around(0, Math.PI)
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  return (stroke) => {
    const out: number[] = []
    for (let p = 0; p + 1 < stroke.length; p += 2) {
      const x = stroke[p] as number
      const y = stroke[p + 1] as number
      const wx = x + bendX * (y * y - 0.3) + waveX * Math.sin(3 * y + phaseX)
      const wy = y + bendY * (x * x - 0.1) + waveY * Math.sin(3 * x + phaseY)
      const u = scale * aspect * (wx + shear * wy)
      const v = (scale / aspect ** 0.5) * wy
      out.push(shiftX + cos * u - sin * v, shiftY + sin * u + cos * v)
    }
    return out
  }
}
