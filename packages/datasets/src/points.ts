/** Inputs that need no data: points on a sphere, Gaussian ones, and those between two points. */
import {
  type Key,
  mul,
  NtkError,
  normal,
  sameShape,
  showShape,
  type Tensor,
  tensorFromData,
} from '@ntk/tensor'
import {
  aKey,
  either,
  finite,
  integer,
  listOf,
  nonNegativeInteger,
  oneOf,
  positive,
  positiveInteger,
  type RulesFor,
  readOptions,
  requireTensor,
} from '@ntk/tensor/options'

export interface SpherePointsOptions {
  readonly key: Key
  /** Number of points. */
  readonly n: number
  /** Coordinates of a point: the sphere is of one dimension less. */
  readonly dimension: number
  /** Its radius, 1 unless given; √dimension gives coordinates of variance 1. */
  readonly radius?: number | undefined
}

const sphereRules = {
  key: aKey(),
  n: nonNegativeInteger(),
  dimension: positiveInteger(),
  radius: positive(1),
} satisfies RulesFor<SpherePointsOptions>

/** Points [n, dimension] that are uniform on a sphere about 0: Gaussian points over their norms. */
export function spherePoints(options: SpherePointsOptions): Tensor {
  const { key, n, dimension, radius } = readOptions('spherePoints', sphereRules, options)
  const drawn = Float64Array.from(normal(key, [n, dimension]).dataSync())
  for (let i = 0; i < n; i++) {
    const point = drawn.subarray(i * dimension, (i + 1) * dimension)
    const norm = Math.hypot(...point)
    for (let d = 0; d < dimension; d++) point[d] = (radius * (point[d] as number)) / norm
  }
  return tensorFromData(drawn, [n, dimension])
}

export interface GaussianPointsOptions {
  readonly key: Key
  /** Number of points. */
  readonly n: number
  readonly dimension: number
  /** Standard deviation of a coordinate, 1 unless given; 1 / √dimension gives points of norm about 1. */
  readonly std?: number | undefined
}

const gaussianRules = {
  key: aKey(),
  n: nonNegativeInteger(),
  dimension: positiveInteger(),
  std: positive(1),
} satisfies RulesFor<GaussianPointsOptions>

/** Points [n, dimension] whose coordinates are independent and normal with mean 0. */
export function gaussianPoints(options: GaussianPointsOptions): Tensor {
  const { key, n, dimension, std } = readOptions('gaussianPoints', gaussianRules, options)
  return mul(normal(key, [n, dimension]), std)
}

export interface InterpolateOptions {
  /** So many places, evenly from 0 to 1, 2 or more; or the places themselves: 0 is the first point and 1 the second, and beyond the way goes on. */
  readonly points: number | readonly number[]
  /** 'line' (the default), (1 − t) a + t b; 'arc', along the circle about 0 through both directions, whose norm goes from that of a to that of b on a line. */
  readonly along?: 'line' | 'arc' | undefined
}

const interpolateRules = {
  points: either(
    integer('an integer above 1', (v) => v > 1),
    listOf(finite(), 'a list of numbers'),
  ),
  along: oneOf(['line', 'arc'], 'line'),
} satisfies RulesFor<InterpolateOptions>

/**
 * Points between two inputs of one shape, [points, ...]. Throws NtkError 'shape' where they differ in shape, 'value' where an arc has no
 * direction: at 0, and between opposite points.
 */
export function interpolate(a: Tensor, b: Tensor, options: InterpolateOptions): Tensor {
  const { points, along } = readOptions('interpolate', interpolateRules, options)
  requireTensor(a, 'The first point of interpolate')
  requireTensor(b, 'The second point of interpolate')
  if (!sameShape(a.shape, b.shape)) {
    throw new NtkError('shape', {
      what: 'interpolate needs two points of one shape.',
      got: `${showShape(a.shape)} and ${showShape(b.shape)}`,
    })
  }
  const places =
    typeof points === 'number' ? Array.from({ length: points }, (_, i) => i / (points - 1)) : points
  const [from, to] = [Float64Array.from(a.dataSync()), Float64Array.from(b.dataSync())]
  const weigh = along === 'line' ? (t: number) => [1 - t, t] as const : arcBetween(from, to)
  const size = from.length
  const out = new Float64Array(places.length * size)
  for (const [i, t] of places.entries()) {
    const [wa, wb] = weigh(t)
    for (let d = 0; d < size; d++) out[i * size + d] = wa * (from[d] as number) + wb * (to[d] as number)
  }
  return tensorFromData(out, [places.length, ...a.shape])
}

/** Weights of both points along the arc: sin((1 − t) θ) / sin θ and sin(t θ) / sin θ of directions, times the norm there. */
function arcBetween(a: Float64Array, b: Float64Array): (t: number) => readonly [number, number] {
  const norm = (x: Float64Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0))
  const [na, nb] = [norm(a), norm(b)]
  if (na === 0 || nb === 0) {
    throw new NtkError('value', {
      what: 'An arc needs two points with a direction.',
      got: `norms ${na} and ${nb}`,
      fix: "Take along: 'line'.",
    })
  }
  // By half of chord and half of sum of the directions: exact for small angles and near opposite points.
  const [apart, together] = [-1, 1].map((sign) =>
    norm(a.map((v, i) => v / na + (sign * (b[i] as number)) / nb)),
  )
  const theta = 2 * Math.atan2(apart as number, together as number)
  if ((together as number) < 1e-8) {
    throw new NtkError('value', {
      what: 'There is no one arc between two opposite points.',
      got: `an angle of ${theta}`,
      fix: 'Go by a point between them.',
    })
  }
  const sine = Math.sin(theta)
  return (t) => {
    const length = (1 - t) * na + t * nb
    if (theta < 1e-8) return [((1 - t) * length) / na, (t * length) / nb]
    return [(Math.sin((1 - t) * theta) * length) / (sine * na), (Math.sin(t * theta) * length) / (sine * nb)]
  }
}
