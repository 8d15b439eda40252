import {
  add,
  cos,
  currentDepth,
  dotGeneral,
  exp,
  matmul,
  mul,
  type NtkError,
  pow,
  reshape,
  sin,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  tensorFromData,
  transpose,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { grad, hessian, jacfwd, jacrev, jvp, linearize, vjp, vmap } from '../src/index.js'
import { expectClose } from './support/compare.js'
import { floats, seed } from './support/inputs.js'

const scalar = (x: number): Tensor => tensor(x)

function thrown(f: () => unknown): NtkError {
  try {
    f()
  } catch (error) {
    return error as NtkError
  }
  throw new Error('nothing was thrown')
}

describe('nesting', () => {
  test('fourth derivatives of sin by any mix of forward and reverse are sin again', () => {
    type F = (x: Tensor) => Tensor
    const reverse = (f: F): F => grad(f)
    const forward =
      (f: F): F =>
      (x) =>
        jvp(f, [x], [scalar(1)])[1]
    const linear =
      (f: F): F =>
      (x) =>
        linearize(f, x)[1](scalar(1))
    const pulled =
      (f: F): F =>
      (x) =>
        vjp(f, x)[1](scalar(1))[0]
    const modes = [reverse, forward, linear, pulled]
    for (const a of modes) {
      for (const b of modes) {
        for (const c of modes) {
          for (const d of modes) expect(a(b(c(d(sin))))(scalar(0.7)).item()).toBeCloseTo(Math.sin(0.7), 14)
        }
      }
    }
  })

  test('inner and outer perturbations are not confused', () => {
    // d/dx [x · d/dy (x + y) at y = 1] = 1, which a confused implementation takes for 2 (Siskind and Pearlmutter 2005)
    const inner = (x: Tensor): Tensor => mul(x, jvp((y: Tensor) => add(x, y), [scalar(1)], [scalar(1)])[1])
    expect(jvp(inner, [scalar(3)], [scalar(1)])[1].item()).toBe(1)
    const reversed = (x: Tensor): Tensor => mul(x, grad((y: Tensor) => add(x, y))(scalar(1)))
    expect(grad(reversed)(scalar(3)).item()).toBe(1)
    // d/dx [x · d/dy (x y²) at y = 2] = d/dx 4 x² = 8 x
    expect(
      grad((x: Tensor) => mul(x, grad((y: Tensor) => mul(x, square(y)))(scalar(2))))(scalar(3)).item(),
    ).toBe(24)
  })

  test('the Hessian of a quadratic form is its symmetrized matrix', () => {
    const a = tensor([
      [1, 2, 0],
      [-1, 3, 5],
      [4, 0, 2],
    ])
    const form = (x: Tensor): Tensor => sum(mul(x, matmul(a, x)))
    const h = hessian(form)(tensor([0.3, -0.2, 0.9]))
    expectClose([h], [add(a, transpose(a))], 1e-14)
  })

  test('Jacobians forward, reverse and in chunks agree, block by block', () => {
    seed(5)
    const args = { w: floats([3, 2])(), b: floats([2])() }
    const x = floats([4, 3])()
    const f = (p: typeof args): { out: Tensor; energy: Tensor } => {
      const out = sin(add(matmul(x, p.w), p.b))
      return { out, energy: sum(square(out)) }
    }
    const rows = jacrev(f)(args)
    const columns = jacfwd(f)(args)
    const chunked = [jacrev(f, { chunk: 3 })(args), jacfwd(f, { chunk: 2 })(args)]
    expect(rows.out.w.shape).toEqual([4, 2, 3, 2])
    expect(rows.energy.b.shape).toEqual([2])
    const flat = (j: typeof rows): Tensor[] => [j.out.w, j.out.b, j.energy.w, j.energy.b]
    for (const other of [columns, ...chunked]) expectClose(flat(other), flat(rows), 1e-14)
    const [, slope] = jvp(f, [args], [args])
    const along = (j: Tensor, p: Tensor): Tensor => {
      const axes = p.shape.map((_, i) => i)
      return dotGeneral(j, p, { lhsContract: axes.map((i) => i - p.shape.length), rhsContract: axes })
    }
    expectClose([add(along(rows.out.w, args.w), along(rows.out.b, args.b))], [slope.out], 1e-13)
  })

  test('argnums choose what a Jacobian and a gradient are taken in', () => {
    const f = (a: Tensor, b: Tensor): Tensor => sum(mul(square(a), b))
    const [a, b] = [tensor([1, 2]), tensor([3, 4])]
    expect(grad(f, { argnums: 1 })(a, b).toNested()).toEqual([1, 4])
    const [ga, gb] = grad(f, { argnums: [0, 1] })(a, b)
    expect([ga.toNested(), gb.toNested()]).toEqual([
      [6, 16],
      [1, 4],
    ])
    expect(jacrev((x: Tensor, y: Tensor) => mul(x, y), { argnums: 1 })(a, b).toNested()).toEqual([
      [1, 0],
      [0, 2],
    ])
  })

  test('grad of vmap, vmap of grad of vmap, and Hessians under vmap agree with the formulas', () => {
    const xs = tensor([0.1, -0.5, 0.9])
    const total = (v: Tensor): Tensor => sum(vmap((x: Tensor) => mul(sin(x), x))(v))
    expectClose([grad(total)(xs)], [add(sin(xs), mul(xs, cos(xs)))], 1e-15)
    const many = tensorFromData(Float64Array.of(0.1, -0.5, 0.9, 0.2, 0.3, -1), [2, 3])
    expectClose([vmap(grad(total))(many)], [add(sin(many), mul(many, cos(many)))], 1e-15)
    const cubic = (v: Tensor): Tensor => sum(pow(v, 3))
    const hessians = vmap(hessian(cubic))(many)
    const diagonal = vmap(vmap((x: Tensor) => mul(x, 6)))(many)
    const spread = vmap((d: Tensor) =>
      mul(
        reshape(d, [3, 1]),
        tensor([
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ]),
      ),
    )(diagonal)
    expectClose([hessians], [spread], 1e-14)
  })

  test('a Hessian-vector product forward over reverse, reverse over forward and reverse over reverse is one', () => {
    seed(9)
    const [w, v] = [floats([3, 3])(), floats([3])()]
    const x = floats([3])()
    const f = (y: Tensor): Tensor => sum(exp(sin(matmul(w, y))))
    const forwardReverse = jvp(grad(f), [x], [v])[1]
    const reverseForward = grad((y: Tensor) => jvp(f, [y], [v])[1])(x)
    const reverseReverse = grad((y: Tensor) => sum(mul(grad(f)(y), v)))(x)
    const linearReverse = linearize(grad(f), x)[1](v)
    expectClose(
      [reverseForward, reverseReverse, linearReverse],
      [forwardReverse, forwardReverse, forwardReverse],
      1e-13,
    )
    expectClose([matmul(hessian(f)(x), v)], [forwardReverse], 1e-13)
  })

  test('derivatives pass through a linearization made outside and inside', () => {
    // x ↦ pushforward of sin at x, twice: derivative of cos(x)² t
    const f = (x: Tensor): Tensor => {
      const [, push] = linearize(sin, x)
      return push(push(scalar(1)))
    }
    expect(grad(f)(scalar(0.4)).item()).toBeCloseTo(-2 * Math.sin(0.4) * Math.cos(0.4), 14)
    const [, pull] = vjp(sin, scalar(0.4))
    expect(grad((c: Tensor) => square(pull(c)[0]))(scalar(2)).item()).toBeCloseTo(4 * Math.cos(0.4) ** 2, 14)
  })

  test('a pullback may be called many times', () => {
    const [, pull] = vjp((x: Tensor) => square(x), tensor([1, 2, 3]))
    const once = pull(tensor([1, 1, 1]))[0].toNested()
    expect(pull(tensor([1, 1, 1]))[0].toNested()).toEqual(once)
    expect(pull(tensor([0, 2, 0]))[0].toNested()).toEqual([0, 8, 0])
  })
})

describe('ends', () => {
  test('a tracer that outlives its transformation says so when it is used', () => {
    let kept: Tensor | null = null
    const keep = (x: Tensor): Tensor => {
      kept = x
      return sum(x)
    }
    const x = tensor([1, 2])
    for (const run of [
      (): unknown => grad(keep)(x),
      (): unknown => vmap(keep)(x),
      (): unknown => jvp(keep, [x], [x]),
    ]) {
      run()
      const alone = thrown(() => square(kept as unknown as Tensor))
      expect(alone.code).toBe('tracer')
      const inside = thrown(() => grad((y: Tensor) => sum(mul(y, kept as unknown as Tensor)))(x))
      expect(inside.code).toBe('tracer')
      expect(inside.message).toContain('after')
    }
  })

  test('levels are given back after an error, and transformations go on working', () => {
    const broken = (x: Tensor): Tensor => {
      vmap((_y: Tensor): Tensor => {
        expect(currentDepth()).toBeGreaterThan(1)
        throw new Error('on purpose')
      })(x)
      return x
    }
    expect(() => grad(broken)(tensor([1, 2]))).toThrow('on purpose')
    expect(currentDepth()).toBe(0)
    expect(grad(square<Tensor>)(scalar(3)).item()).toBe(6)
  })

  test('reading numbers of a traced value is an error with a way out', () => {
    const error = thrown(() => grad((x: Tensor) => (x.item() > 0 ? x : square(x)))(scalar(1)))
    expect(error.code).toBe('tracer')
    expect(error.fix).toContain('where')
  })

  test('what cannot be differentiated is refused by name', () => {
    expect(thrown(() => grad((x: Tensor) => x)(tensor([1, 2]))).code).toBe('shape')
    expect(
      thrown(() => grad((p: { n: Tensor }) => sum(p.n))({ n: tensor([1], { dtype: 'int32' }) })).message,
    ).toContain('.n')
    expect(thrown(() => grad((x: Tensor) => sum(x), { argnums: 2 as 0 })(tensor([1]))).code).toBe('option')
    expect(thrown(() => jvp((x: Tensor) => x, [scalar(1)], [tensor([1])])).code).toBe('shape')
    expect(
      thrown(() => vmap((x: Tensor, y: Tensor) => sub(x, y))(tensor([1, 2]), tensor([1, 2, 3]))).code,
    ).toBe('shape')
    expect(thrown(() => vmap((x: Tensor) => x, { inAxes: [null] })(tensor([1, 2]))).code).toBe('axis')
    expect(thrown(() => vmap((x: Tensor) => x, { outAxes: null })(tensor([1, 2]))).code).toBe('axis')
  })
})
