import {
  abs,
  acos,
  add,
  div,
  exp,
  greater,
  matmul,
  mul,
  type NtkError,
  sin,
  sizeOf,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  where,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  checkpoint,
  countProgram,
  customJvp,
  evalProgram,
  grad,
  hessian,
  jvp,
  linearize,
  stopGradient,
  taylorExpand,
  trace,
  vjp,
  vmap,
} from '../src/index.js'
import { linearizeFlat } from '../src/program/linear.js'
import { expectClose } from './support/compare.js'
import { floats, seed } from './support/inputs.js'

/** √x with slope 0 at 0. */
const safeSqrt = customJvp(
  (x: Tensor): Tensor => sqrt(x),
  ([x], [t], y) => where(greater(x, 0), div(t, mul(where(greater(x, 0), y, 1), 2)), 0),
)

describe('customJvp', () => {
  test('the rule takes the place of the derivative in every mode', () => {
    const x = tensor([0, 4])
    expect(grad((v: Tensor) => sum(safeSqrt(v)))(x).toNested()).toEqual([0, 0.25])
    expect(jvp(safeSqrt, [x], [tensor([1, 1])])[1].toNested()).toEqual([0, 0.25])
    expect(linearize(safeSqrt, x)[1](tensor([1, 2])).toNested()).toEqual([0, 0.5])
    expect(safeSqrt(x).toNested()).toEqual([0, 2])
  })

  test('the rule survives vmap on either side, and is differentiated again', () => {
    const x = tensor([0, 4, 16])
    expect(vmap(grad(safeSqrt))(x).toNested()).toEqual([0, 0.25, 0.125])
    expect(grad((v: Tensor) => sum(vmap(safeSqrt)(v)))(x).toNested()).toEqual([0, 0.25, 0.125])
    expect(grad(grad(safeSqrt))(tensor(4)).item()).toBeCloseTo(-1 / 32, 15)
    expect(grad(grad(safeSqrt))(tensor(0)).item()).toBe(0)
  })

  test('the rule survives recording', () => {
    const program = trace((v: Tensor) => sum(safeSqrt(v)), { shape: [2], dtype: 'float64' })
    const run = (v: Tensor): Tensor => evalProgram<Tensor>(program, v)
    expect(grad(run)(tensor([0, 4])).toNested()).toEqual([0, 0.25])
  })

  test('trees go in and out, and constant arguments have zero tangents', () => {
    const f = customJvp(
      (p: { a: Tensor; b: Tensor }, c: Tensor) => [mul(p.a, p.b), c],
      ([p, c], [t, tc]) => [mul(add(mul(t.a, p.b), mul(t.b, p.a)), 10), add(tc, mul(c, 0))],
    )
    const total = (p: { a: Tensor; b: Tensor }): Tensor =>
      add(f(p, tensor(5))[0] as Tensor, f(p, tensor(5))[1] as Tensor)
    const g = grad(total)({ a: tensor(2), b: tensor(3) })
    expect([g.a.item(), g.b.item()]).toEqual([30, 20])
  })

  test('a function that closes over a traced value is refused', () => {
    const f = (x: Tensor): Tensor =>
      customJvp(
        (y: Tensor) => mul(x, y),
        (_, [t]) => t,
      )(square(x))
    for (const run of [
      (): unknown => grad(f)(tensor(2)),
      (): unknown => vmap(f)(tensor([2, 3])),
      (): unknown =>
        vmap((c: Tensor) =>
          grad((x: Tensor) =>
            customJvp(
              (y: Tensor) => mul(x, y),
              (_, [t]) => t,
            )(c),
          )(tensor(2)),
        )(tensor([2, 3])),
      (): unknown => trace(f, tensor(2)),
    ]) {
      let error: NtkError | null = null
      try {
        run()
      } catch (e) {
        error = e as NtkError
      }
      expect(error?.code).toBe('tracer')
      expect(error?.message).toContain('argument')
    }
  })

  test('a rule that is not linear in the tangents is refused in reverse', () => {
    const bad = customJvp(
      (x: Tensor) => x,
      (_, [t]) => sin(t),
    )
    expect(() => grad(bad)(tensor(1))).toThrow(/linear/)
  })
})

describe('stopGradient', () => {
  test('what is stopped is a constant in every mode, at every order', () => {
    const f = (x: Tensor): Tensor => mul(stopGradient(square(x)), x)
    expect(grad(f)(tensor(3)).item()).toBe(9)
    expect(grad(grad(f))(tensor(3)).item()).toBe(0)
    expect(vmap(grad(f))(tensor([1, 3])).toNested()).toEqual([1, 9])
    expect(jvp(f, [tensor(3)], [tensor(1)])[1].item()).toBe(9)
    expect(grad((x: Tensor) => evalProgram<Tensor>(trace(f, x), x))(tensor(3)).item()).toBe(9)
    expect(stopGradient({ a: tensor(1) }).a.item()).toBe(1)
  })
})

describe('checkpoint', () => {
  seed(3)
  const layers = Array.from({ length: 6 }, () => floats([3, 3])())
  const x = floats([2, 3])()
  const layer = (w: Tensor, h: Tensor): Tensor => tanh(matmul(h, w))
  const net =
    (wrap: (f: typeof layer) => typeof layer) =>
    (ws: Tensor[]): Tensor =>
      sum(square(ws.reduce((h, w) => wrap(layer)(w, h), x)))
  const plain = net((f) => f)
  const saving = net(checkpoint)

  test('derivatives of all orders and modes are the same', () => {
    expectClose(grad(saving)(layers), grad(plain)(layers), 0)
    expectClose([jvp(saving, [layers], [layers])[1]], [jvp(plain, [layers], [layers])[1]], 1e-15)
    expectClose([linearize(saving, layers)[1](layers)], [linearize(plain, layers)[1](layers)], 1e-15)
    const [one] = layers as [Tensor]
    const at =
      (f: typeof plain) =>
      (w: Tensor): Tensor =>
        f([w, ...layers.slice(1)])
    expectClose([hessian(at(saving))(one)], [hessian(at(plain))(one)], 1e-14)
    const many = floats([4, 3, 3])()
    expectClose([vmap(grad(at(saving)))(many)], [vmap(grad(at(plain)))(many)], 1e-14)
    const along =
      (f: typeof plain) =>
      (w: Tensor): Tensor =>
        sum(square(grad(at(f))(w)))
    expectClose([grad(along(saving))(one)], [grad(along(plain))(one)], 1e-14)
  })

  test('a pullback keeps the arguments of what is checkpointed, and no intermediate values', () => {
    const batch = floats([100, 3])()
    const weights = Array.from({ length: 8 }, () => floats([3, 3])())
    const segment = (h: Tensor, ...ws: Tensor[]): Tensor => ws.reduce((v, w) => layer(w, v), h)
    const kept = (wrap: (f: typeof segment) => typeof segment): number => {
      const { program } = linearizeFlat(
        (ws) => [
          sum(
            wrap(segment)(
              wrap(segment)(batch, ...(ws.slice(0, 4) as Tensor[])),
              ...(ws.slice(4) as Tensor[]),
            ),
          ),
        ],
        weights,
      )
      const constants = new Set(program.equations.flatMap((e) => e.inputs.map((atom) => atom.value)))
      return [...constants].reduce((n, v) => n + (v === null ? 0 : sizeOf(v.shape)), 0)
    }
    // eight layers' inputs and slopes, against the two segments' inputs; and the weights
    expect(kept((f) => f)).toBe(2 * 8 * 300 + 7 * 9)
    expect(kept(checkpoint)).toBe(2 * 300 + 8 * 9)
  })

  test('the function runs once forward and once more in the pullback', () => {
    let runs = 0
    const counted = checkpoint((v: Tensor) => {
      runs++
      return sin(v)
    })
    const [, pull] = vjp(counted, tensor(1))
    const forward = runs
    pull(tensor(1))
    expect(runs).toBe(forward + 1)
  })
})

describe('taylorExpand', () => {
  const params = { a: tensor([0.3, -0.4]), b: tensor(0.2) }
  const f = (p: typeof params, x: Tensor): Tensor => exp(add(mul(sin(p.a), x), p.b))
  const moved = { a: tensor([0.35, -0.3]), b: tensor(0.15) }
  const x = tensor([1, 2])

  test('degree 0 is the value and degree 1 the linearization', () => {
    expectClose([taylorExpand(f, params, 0)(moved, x)], [f(params, x)], 0)
    const delta = { a: sub(moved.a, params.a), b: sub(moved.b, params.b) }
    const [value, push] = linearize((p: typeof params) => f(p, x), params)
    expectClose([taylorExpand(f, params, 1)(moved, x)], [add(value, push(delta))], 1e-15)
  })

  test('the error of degree k falls as the (k + 1)-th power of the distance', () => {
    for (const degree of [1, 2, 3]) {
      const error = (h: number): number => {
        const near = { a: add(params.a, tensor([h, 2 * h])), b: add(params.b, h) }
        return sum(abs(sub(taylorExpand(f, params, degree)(near, x), f(near, x)))).item()
      }
      expect(Math.log2(error(0.02) / error(0.01))).toBeCloseTo(degree + 1, 0)
    }
  })

  test('polynomials are reproduced exactly, and the expansion is differentiable', () => {
    const cubic = (p: Tensor): Tensor => add(mul(p, square(p)), p)
    const series = taylorExpand(cubic, tensor(2), 3)
    expect(series(tensor(-1)).item()).toBeCloseTo(-2, 12)
    expect(grad((p: Tensor) => series(p))(tensor(5)).item()).toBeCloseTo(76, 12)
  })
})

test('acos with a rule of its own stays finite where the plain one does not', () => {
  const safe = customJvp(
    (v: Tensor): Tensor => acos(v),
    ([v], [t]) => {
      const inside = greater(sub(1, square(v)), 0)
      return where(inside, div(t, mul(sqrt(where(inside, sub(1, square(v)), 1)), -1)), 0)
    },
  )
  expect(grad(safe)(tensor(1)).item()).toBeCloseTo(0, 15)
  expect(grad(safe)(tensor(0.5)).item()).toBeCloseTo(grad((v: Tensor) => acos(v))(tensor(0.5)).item(), 14)
  expect(countProgram(trace(safe, tensor(1))).byPrimitive.customJvp?.count).toBe(1)
})
