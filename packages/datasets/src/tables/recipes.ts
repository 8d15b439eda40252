export const generatedNames = [
  'smooth',
  'noisy',
  'classes',
  'two-classes',
  'high-dimensional',
  'constant-column',
  'repeated-rows',
  'missing-values',
  'categories',
  'scales',
] as const

export type GeneratedName = (typeof generatedNames)[number]

/** How the rows of a generated table come about. */
export interface Recipe {
  readonly about: string
  /** Rows unless asked for otherwise. */
  readonly rows: number
  /** Normal and uniform numbers that one row takes. */
  readonly normals: number
  readonly uniforms: number
  readonly target: string
  readonly columns: readonly { readonly name: string; readonly categories?: readonly string[] }[]
  /** The row whose inputs row i repeats. */
  readonly sameAs?: (i: number) => number
  /** A value a column: a number, or the index of a category; NaN is missing. `luck` is uniform in [0, 1), also new where inputs are repeated. */
  readonly row: (z: ArrayLike<number>, u: ArrayLike<number>, luck: number) => readonly number[]
}

const numbered = (count: number): { name: string }[] =>
  Array.from({ length: count }, (_, i) => ({ name: `x${i + 1}` }))
const first = (z: ArrayLike<number>, count: number): number[] =>
  Array.from({ length: count }, (_, i) => z[i] as number)
const logistic = (t: number): number => 1 / (1 + Math.exp(-t))
const yesNo: readonly string[] = ['no', 'yes']
/** A class with the odds exp(t) : 1: what a calibrated classifier can know of it is logistic(t). */
const draw = (t: number, luck: number): number => (luck < logistic(t) ? 1 : 0)

const wave = (x: readonly number[]): number => {
  const [a = 0, b = 0, c = 0, d = 0] = x
  return Math.sin(1.5 * a) + 0.5 * b * c - 0.25 * d ** 2
}

const numbers = (rows: number, noise: number, about: string): Recipe => ({
  about,
  rows,
  normals: 5,
  uniforms: 1,
  target: 'y',
  columns: [...numbered(4), { name: 'y' }],
  row: (z) => [...first(z, 4), wave(first(z, 4)) + noise * (z[4] as number)],
})

/** A class of two whose log-odds are a function of the inputs. */
const odds = (
  about: string,
  inputs: number,
  t: (x: readonly number[]) => number,
  change: Partial<Pick<Recipe, 'sameAs' | 'rows'>> & {
    readonly seen?: (x: readonly number[], u: ArrayLike<number>) => readonly number[]
    readonly uniforms?: number
    readonly more?: readonly { readonly name: string }[]
  } = {},
): Recipe => {
  const { seen = (x) => x, uniforms = 1, more = [], ...rest } = change
  return {
    about,
    rows: 1000,
    normals: inputs,
    uniforms,
    target: 'class',
    columns: [...numbered(inputs), ...more, { name: 'class', categories: yesNo }],
    row: (z, u, luck) => {
      const x = first(z, inputs)
      return [...seen(x, u), draw(t(x), luck)]
    },
    ...rest,
  }
}

const colours: readonly string[] = ['blue', 'green', 'red']
const sizes: readonly string[] = ['large', 'medium', 'small', 'tiny']

export const recipes: Readonly<Record<GeneratedName, Recipe>> = {
  smooth: numbers(600, 0.01, 'numbers that are a smooth function of four inputs, almost without noise'),
  noisy: numbers(1000, 1, 'the same function under noise as large as itself'),
  classes: {
    about: 'three clouds of points that overlap',
    rows: 1000,
    normals: 4,
    uniforms: 1,
    target: 'class',
    columns: [...numbered(4), { name: 'class', categories: ['a', 'b', 'c'] }],
    row: (z, u) => {
      const c = Math.min(2, Math.floor(3 * (u[0] as number)))
      const angle = (2 * Math.PI * c) / 3
      const [a, b, ...others] = first(z, 4) as [number, number, ...number[]]
      return [a + 1.5 * Math.cos(angle), b + 1.5 * Math.sin(angle), ...others, c]
    },
  },
  'two-classes': odds(
    'two classes with a curved boundary and known odds',
    3,
    ([a = 0, b = 0, c = 0]) => 3 * Math.sin(2 * a) + b * c,
  ),
  'high-dimensional': odds(
    'two classes, 200 inputs, of which ten count',
    200,
    (x) => x.slice(0, 10).reduce((sum, v) => sum + v, 0),
    {
      rows: 600,
    },
  ),
  'constant-column': odds('two classes; one column never varies', 3, ([a = 0, b = 0]) => 2 * a - b, {
    seen: ([a = 0, b = 0]) => [a, b, 7],
  }),
  'repeated-rows': odds(
    'two classes; each row comes four times, with labels that disagree',
    3,
    ([a = 0, b = 0]) => 2 * a + b,
    {
      sameAs: (i) => Math.floor(i / 4),
    },
  ),
  'missing-values': odds(
    'two classes; one value of twenty is missing',
    4,
    ([a = 0, b = 0, c = 0]) => 2 * a - b + c,
    {
      uniforms: 4,
      seen: (x, u) => x.map((v, i) => ((u[i] as number) < 0.05 ? Number.NaN : v)),
    },
  ),
  categories: {
    about: 'two classes; two columns of categories beside one of numbers',
    rows: 1000,
    normals: 1,
    uniforms: 2,
    target: 'class',
    columns: [
      { name: 'colour', categories: colours },
      { name: 'size', categories: sizes },
      { name: 'weight' },
      { name: 'class', categories: yesNo },
    ],
    row: (z, u, luck) => {
      const colour = Math.min(2, Math.floor(3 * (u[0] as number)))
      const size = Math.min(3, Math.floor(4 * (u[1] as number)))
      const weight = z[0] as number
      return [colour, size, weight, draw(1.5 * (colour - 1) + (size % 2 === 0 ? weight : -weight), luck)]
    },
  },
  scales: odds(
    'two classes; inputs of sizes from a millionth to a million, one row of ten of the second class',
    3,
    ([a = 0, b = 0]) => 1.5 * a + b - 3,
    {
      seen: ([a = 0, b = 0, c = 0]) => [1e6 * a, 1e-6 * b + 1e-3, c],
    },
  ),
}
