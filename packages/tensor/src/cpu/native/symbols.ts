import { type ForeignFunction, type ForeignLibrary, symbol } from './ffi.js'

/** How a library spells its symbols, and the width of its integers. */
export interface Interface {
  readonly library: ForeignLibrary
  /** `cblas_dgemm` as this library calls it. */
  readonly cblas: (name: string) => string
  /** `dgemm_` as this library calls it. */
  readonly fortran: (name: string) => string
  /** The library's own functions, such as `openblas_get_config`. */
  readonly own: (name: string) => string
  readonly integerBits: 32 | 64
}

type Spelling = Pick<Interface, 'cblas' | 'fortran' | 'own'>

// Plain; with OpenBLAS's suffix for 64-bit integers; and as the wheels of SciPy's builds have them.
const spellings: readonly Spelling[] = ['', 'scipy_'].flatMap((prefix) =>
  ['', '64_'].map((suffix) => ({
    cblas: (name: string) => `${prefix}cblas_${name}${suffix}`,
    fortran: (name: string) => `${prefix}${name}_${suffix}`,
    own: (name: string) => `${prefix}${name}${suffix}`,
  })),
)

/** The spelling that `library` has a matrix product by; null where it has none. */
export function findInterface(library: ForeignLibrary): Interface | null {
  for (const spelling of spellings) {
    const cblas = symbol(library, spelling.cblas('dgemm'), 'void', []) !== null
    const fortran = symbol(library, spelling.fortran('dgemm'), 'void', []) !== null
    if (!cblas && !fortran) continue
    const integerBits = probeIntegers(library, spelling)
    if (integerBits !== null) return { library, ...spelling, integerBits }
  }
  return null
}

/**
 * The width of the integers, by asking for the largest of n numbers where n is 3 in its low 32 bits and negative in
 * all 64: 32-bit integers find the number at place 2, 64-bit ones find nothing. (The trick of libblastrampoline.)
 */
function probeIntegers(library: ForeignLibrary, spelling: Spelling): 32 | 64 | null {
  const numbers = new Float64Array([1, 3, 2])
  const n = new BigInt64Array([-0x1_0000_0000n + 3n])
  const step = new BigInt64Array([1n])
  const idamax = symbol(library, spelling.fortran('idamax'), 'int', ['void *', 'void *', 'void *'])
  if (idamax !== null) return idamax(n, numbers, step) === 2 ? 32 : 64
  const cblas = symbol(library, spelling.cblas('idamax'), 'int', ['int64', 'void *', 'int64'])
  if (cblas !== null) return cblas(n[0], numbers, step[0]) === 1 ? 32 : 64
  return null
}

/**
 * Parameter types of a CBLAS function in one letter each: e an enumeration, i an integer, d and s a scalar of that
 * precision, p an array.
 */
export function cblasFunction(
  { library, cblas, integerBits }: Interface,
  name: string,
  letters: string,
): ForeignFunction | null {
  const integer = integerBits === 32 ? 'int' : 'int64'
  const types: Readonly<Record<string, string>> = {
    e: 'int',
    i: integer,
    d: 'double',
    s: 'float',
    p: 'void *',
  }
  return symbol(
    library,
    cblas(name),
    'void',
    [...letters].map((letter) => types[letter] as string),
  )
}

/** A Fortran function of `count` arguments, all by reference, the lengths of its `strings` text arguments at the end. */
export function fortranFunction(
  { library, fortran }: Interface,
  name: string,
  count: number,
  strings: number,
): ForeignFunction | null {
  const types = [...new Array<string>(count).fill('void *'), ...new Array<string>(strings).fill('size_t')]
  return symbol(library, fortran(name), 'void', types)
}

/** Integers by reference, of the library's width: one cell for each integer argument, reused by every call. */
export function integerCells(
  bits: 32 | 64,
  count: number,
): { readonly cells: readonly (Int32Array | BigInt64Array)[]; put(...values: number[]): void } {
  const cells = Array.from({ length: count }, () => (bits === 32 ? new Int32Array(1) : new BigInt64Array(1)))
  return {
    cells,
    put: (...values) => {
      values.forEach((value, i) => {
        const cell = cells[i]
        if (cell instanceof Int32Array) cell[0] = value
        else if (cell !== undefined) cell[0] = BigInt(value)
      })
    },
  }
}
