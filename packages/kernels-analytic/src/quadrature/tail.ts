import { erfc, type Tensor, tensor } from '@ntk/tensor'

/**
 * What Hermite coefficients of a function with a kink at 0 sum up to beyond the last that is at hand. Each derivative that jumps at 0 adds a
 * power of 1/k: with k from `FIRST` on and the parity p of k,
 *   ±a_k = (FIRST/k)^β Σ_j α_j (FIRST/k)^j,  β = 5/4 of even k, 3/4 of odd ones,
 * the sign that of (−1)^⌊k/2⌋. The products of two such functions are such sums again, and Σ_k (FIRST/k)^{2β+l} c^{k−FIRST} depends on c alone:
 * it is analytic in √(1 − c²), where powers of c see a singularity.
 */
export const FIRST = 192
/** Powers of FIRST/k in a coefficient. */
const ORDERS = 7
const PRODUCTS = 2 * ORDERS - 1
const POWERS = [2.5, 1.5] as const

/** |c| from here on have a rest that counts: c^FIRST is 2e-17 there. */
const LARGEST_ROOT = 0.58
/** Roots √(1 − c²) over which the rest changes. */
const HALFWAY = 0.3
const DEGREE = 26

/** Orders that the rest is read from, of each parity, from FIRST to ten times as many. */
const SAMPLES = 15
const FARTHEST = 10

export const sampledOrders: readonly (readonly number[])[] = [0, 1].map((parity) => {
  const orders = Array.from({ length: SAMPLES }, (_, i) => {
    const y = 0.5 + 0.5 * Math.cos((Math.PI * (i + 0.5)) / SAMPLES)
    const x = 1 / FARTHEST + (1 - 1 / FARTHEST) * y
    return FIRST + parity + 2 * Math.round((FIRST / x - FIRST) / 2)
  })
  return [...new Set(orders)]
})

const normOf = (x: readonly number[]): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0))

/** From values at x to the coefficients of the closest polynomial of some degree, by powers, [ORDERS][x.length]: by orthogonal polynomials on these points. */
function closest(x: readonly number[]): number[][] {
  const basis: { readonly values: number[]; readonly powers: number[] }[] = []
  for (let j = 0; j < ORDERS; j++) {
    const last = basis.at(-1)
    let values = last === undefined ? x.map(() => 1) : last.values.map((v, i) => v * ((x[i] as number) - 0.5))
    let powers = last === undefined ? [1] : [0, ...last.powers].map((p, i) => p - 0.5 * (last.powers[i] ?? 0))
    for (let twice = 0; twice < 2; twice++) {
      for (const { values: other, powers: theirs } of basis) {
        const part = values.reduce((sum, v, i) => sum + v * (other[i] as number), 0)
        values = values.map((v, i) => v - part * (other[i] as number))
        powers = powers.map((p, i) => p - part * (theirs[i] ?? 0))
      }
    }
    const size = normOf(values)
    basis.push({ values: values.map((v) => v / size), powers: powers.map((p) => p / size) })
  }
  return Array.from({ length: ORDERS }, (_, power) =>
    x.map((_, i) =>
      basis.reduce((sum, { values, powers }) => sum + (powers[power] ?? 0) * (values[i] as number), 0),
    ),
  )
}

const betaOf = (parity: number): number => (POWERS[parity as 0 | 1] as number) / 2

const fits = sampledOrders.map((orders) => closest(orders.map((k) => FIRST / k)))

/** The sign of a_k, but for one sign a parity. */
const signOf = (k: number): number => (Math.floor(k / 2) % 2 === 0 ? 1 : -1)

export interface Tail {
  /** α_j of even and of odd orders, [2 ORDERS]. */
  readonly parts: Float64Array
  /** The root of what Σ a_k² is off by, about: the sum of squares of what the fit leaves. */
  readonly error: number
}

/** The rest of a series by its coefficients at `sampledOrders`, even ones first. */
export function tailOf(at: (parity: number, sample: number) => number): Tail {
  const parts = new Float64Array(2 * ORDERS)
  let error = 0
  sampledOrders.forEach((orders, parity) => {
    const beta = betaOf(parity)
    const scaled = orders.map((k, i) => signOf(k) * at(parity, i) * (k / FIRST) ** beta)
    for (let j = 0; j < ORDERS; j++) {
      const row = fits[parity]?.[j] as readonly number[]
      parts[parity * ORDERS + j] = scaled.reduce((sum, y, i) => sum + y * (row[i] as number), 0)
    }
    orders.forEach((k, i) => {
      let fit = 0
      for (let j = ORDERS - 1; j >= 0; j--) fit = (fit * FIRST) / k + (parts[parity * ORDERS + j] as number)
      const off = ((scaled[i] as number) - fit) * (FIRST / k) ** beta
      // There are as many orders about as between this sample and the next ones.
      const [before, after] = [orders[i - 1] ?? k, orders[i + 1] ?? k]
      error += (off * off * Math.abs(after - before)) / 4
    })
  })
  return { parts, error: Math.sqrt(error) }
}

/** Sums of FIRST + parity and every second order on, from power `power` on, at the root w = √(1 − c²). */
function sumsAt(w: number, parity: number): number[] {
  const power = POWERS[parity as 0 | 1]
  const decay = -0.5 * Math.log1p(-w * w)
  const first = FIRST + parity
  const sums = new Array<number>(PRODUCTS).fill(0)
  const stop = decay > 1e-3 ? first + 2 * Math.ceil(20 / decay) : first + 1000
  for (let k = first; k < stop; k += 2) {
    const part = FIRST / k
    let term = part ** power * Math.exp(-decay * (k - FIRST))
    for (let l = 0; l < PRODUCTS; l++) {
      sums[l] = (sums[l] as number) + term
      term *= part
    }
  }
  if (decay > 1e-3) return sums
  // The formula of Euler and Maclaurin with step 2, its integral ∫ t^{−p} e^{−A t} dt from 1 on by recursion from p = 1/2.
  const a = decay * stop
  const scale = Math.exp(decay * FIRST)
  let integral = a === 0 ? 0 : Math.sqrt(Math.PI / a) * (erfc(tensor(Math.sqrt(a))) as Tensor).item()
  // ∫ of the power 1/2 + n to that of 3/2 + n
  const after = (integral: number, from: number): number => (Math.exp(-a) - a * integral) / from
  for (let n = 0; n < power - 0.5; n++) integral = after(integral, n + 0.5)
  for (let l = 0; l < PRODUCTS; l++) {
    const p = power + l
    const ratio = (FIRST / stop) ** p * scale
    const here = ratio * Math.exp(-a)
    const derivative = (n: number): number => {
      let [sum, term] = [0, 1]
      for (let i = 0; i <= n; i++) {
        sum += term * decay ** (n - i)
        term *= ((n - i) / (i + 1)) * ((p + i) / stop)
      }
      return -here * sum
    }
    const ends = here / 2 - derivative(1) / 6 + derivative(3) / 90 - derivative(5) / 945
    sums[l] = (sums[l] as number) + (ratio * stop * integral) / 2 + ends
    integral = after(integral, p)
  }
  return sums
}

/** Chebyshev series in a variable of w, [parity][DEGREE + 1][PRODUCTS]. */
let tables: readonly Float64Array[] | null = null

/** w moved to [−1, 1], so that a polynomial sees fast changes at 0 and slow ones beyond. */
const LAST = LARGEST_ROOT / (LARGEST_ROOT + HALFWAY)
const place = (w: number): number => (2 * w) / ((w + HALFWAY) * LAST) - 1

function tablesOf(): readonly Float64Array[] {
  if (tables !== null) return tables
  const points = Array.from({ length: DEGREE + 1 }, (_, i) => Math.cos((Math.PI * (i + 0.5)) / (DEGREE + 1)))
  tables = [0, 1].map((parity) => {
    const values = points.map((t) => {
      const part = ((t + 1) * LAST) / 2
      return sumsAt((HALFWAY * part) / (1 - part), parity)
    })
    const table = new Float64Array((DEGREE + 1) * PRODUCTS)
    for (let n = 0; n <= DEGREE; n++) {
      for (let l = 0; l < PRODUCTS; l++) {
        const sum = values.reduce((total, at, i) => {
          return total + (at[l] as number) * Math.cos((Math.PI * n * (i + 0.5)) / (DEGREE + 1))
        }, 0)
        table[n * PRODUCTS + l] = (sum * (n === 0 ? 1 : 2)) / (DEGREE + 1)
      }
    }
    return table
  })
  return tables
}

const products = new Float64Array(PRODUCTS)

/** Σ_{k ≥ FIRST} a_k b_k c^{k−FIRST} by parts of both, at w = √(1 − c²) <= 0.58; `negative` where c is. */
export function tailSum(a: Float64Array, b: Float64Array, w: number, negative: boolean): number {
  const t = place(w)
  let total = 0
  for (let parity = 0; parity < 2; parity++) {
    const start = parity * ORDERS
    products.fill(0)
    for (let i = 0; i < ORDERS; i++) {
      const x = a[start + i] as number
      for (let j = 0; j < ORDERS; j++)
        products[i + j] = (products[i + j] as number) + x * (b[start + j] as number)
    }
    const table = tablesOf()[parity] as Float64Array
    let [here, before] = [0, 0]
    for (let n = DEGREE; n >= 0; n--) {
      let coefficient = 0
      const row = n * PRODUCTS
      for (let l = 0; l < PRODUCTS; l++) coefficient += (products[l] as number) * (table[row + l] as number)
      const next = coefficient + (n === 0 ? t : 2 * t) * here - before
      before = here
      here = next
    }
    total += negative && parity === 1 ? -here : here
  }
  return total
}
