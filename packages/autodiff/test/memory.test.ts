import {
  checkpoint,
  customJvp,
  evalProgram,
  grad,
  hessian,
  jacfwd,
  jacrev,
  linearize,
  trace,
  valueAndGrad,
  vjp,
  vmap,
} from '@ntk/autodiff'
import {
  add,
  type Backend,
  cos,
  createCpuBackend,
  div,
  key,
  matmul,
  maximum,
  mul,
  normal,
  reshape,
  scope,
  sin,
  sqrt,
  sum,
  type Tensor,
  tensor,
  tensorFromData,
} from '@ntk/tensor'
import { beforeEach, describe, expect, test } from 'vitest'

/** The CPU with memory of its own, as a device has; it remembers the most buffers it held. */
let device: Backend
let most = 0
const held = (): number => device.memory()?.buffers ?? Number.NaN

beforeEach(() => {
  const cpu = createCpuBackend({ memory: 'owned' })
  device = {
    ...cpu,
    run: (...args) => {
      const buffers = cpu.run(...args)
      most = Math.max(most, held())
      return buffers
    },
  }
  most = 0
})

const there = (x: Tensor): Tensor => tensorFromData(x.dataSync().slice(), x.shape, device)
const x = normal(key(1), [5, 4])
const w = normal(key(2), [4, 3])
const v = normal(key(3), [3])

const network = (p: Tensor, input: Tensor): Tensor => maximum(matmul(input, p), 0)
const loss = (p: Tensor, input: Tensor): Tensor => sum(mul(network(p, input), network(p, input)))
const safeSqrt = customJvp(
  (a: Tensor) => sqrt(a),
  ([a], [t], out) => div(mul(t as Tensor, 0.5), add(out, mul(a as Tensor, 0))),
)

describe('on a device', () => {
  test('a gradient leaves nothing but itself and the value', () => {
    const [p, input] = [there(w), there(x)]
    const { value, grad: g } = valueAndGrad(loss)(p, input)
    expect(held()).toBe(4)
    const here = valueAndGrad(loss)(w, x)
    expect([value.toNested(), g.toNested()]).toEqual([here.value.toNested(), here.grad.toNested()])
  })

  test('a pullback frees the cotangents after their last use', () => {
    const depth = 40
    const chain = (a: Tensor): Tensor => {
      let y = a
      for (let i = 0; i < depth; i++) y = sin(y)
      return y
    }
    const a = there(v)
    const [y, pullback] = vjp(chain, a)
    const ct = there(v)
    const before = held()
    most = 0
    const [g] = pullback(ct)
    expect(held()).toBe(before + 1)
    expect(most).toBeLessThan(before + 5)
    expect(pullback(ct)[0].toNested()).toEqual(g.toNested())
    expect(g.toNested()).toEqual(vjp(chain, v)[1](v)[0].toNested())
    expect(y.toNested()).toEqual(chain(v).toNested())
  })

  test('a pullback frees what its rules make on the way', () => {
    const rows = there(x)
    const scaled = (a: Tensor): Tensor => sum(mul(rows, reshape(a, [1, 4])), { axis: 1 })
    const [y, pullback] = vjp(scaled, there(normal(key(4), [4])))
    const ct = there(normal(key(5), [5]))
    const before = held()
    const [g] = pullback(ct)
    expect([held(), g.shape, y.shape]).toEqual([before + 1, [4], [5]])
  })

  test('a pushforward frees the tangents after their last use', () => {
    const [, push] = linearize((a: Tensor) => {
      let y = a
      for (let i = 0; i < 40; i++) y = cos(y)
      return y
    }, there(v))
    const t = there(v)
    const before = held()
    most = 0
    push(t)
    expect(held()).toBe(before + 1)
    expect(most).toBeLessThan(before + 4)
  })

  test('cotangents that are shared, passed through or constants stay whole', () => {
    const functions: ((a: Tensor, b: Tensor) => Tensor)[] = [
      (a, b) => add(a, b),
      (a, b) => add(add(a, b), add(b, a)),
      (a, b) => mul(a, b),
      (a, b) => add(reshape(reshape(a, [3, 1]), [3]), mul(b, b)),
      (a, b) => checkpoint((c: Tensor, d: Tensor) => mul(sin(c), d))(a, b),
      (a, b) => safeSqrt(mul(add(a, b), add(a, b))),
    ]
    for (const f of functions) {
      const b = normal(key(7), [3])
      const want = vjp(f, v, b)[1](v).map((g) => g.toNested())
      const [mine, other, ct] = [there(v), there(b), there(v)]
      const pullback = vjp(f, mine, other)[1]
      expect(pullback(ct).map((g) => g.toNested())).toEqual(want)
      expect(pullback(ct).map((g) => g.toNested())).toEqual(want)
      expect([mine.toNested(), other.toNested(), ct.toNested()]).toEqual([v, b, v].map((t) => t.toNested()))
    }
  })

  test('derivatives of derivatives and of batches are those of the host', () => {
    const f = (a: Tensor): Tensor => sum(mul(sin(a), mul(a, a)))
    const each = (a: Tensor): Tensor => mul(sin(a), a)
    const uses: ((a: Tensor) => Tensor)[] = [
      (a) => hessian(f)(a),
      (a) => jacrev(each)(a),
      (a) => jacfwd(each)(a),
      (a) => vmap((row: Tensor) => grad(f)(reshape(row, [1])))(a),
      (a) => grad((b: Tensor) => sum(mul(grad(f)(b), b)))(a),
    ]
    for (const [i, use] of uses.entries()) {
      const mine = there(v)
      const before = held()
      const got = use(mine)
      expect(got.toNested()).toEqual(use(v).toNested())
      expect([i, held()]).toEqual([i, before + 1])
    }
  })

  test('a program evaluated inside of a derivative frees nothing that the derivative keeps', () => {
    const program = trace((a: Tensor, b: Tensor) => mul(a, sin(cos(b))), v, v)
    const f = (a: Tensor, b: Tensor): Tensor => sum(evalProgram<Tensor>(program, a, b))
    const want = grad(f)(v, v).toNested()
    expect(grad(f)(there(v), there(v)).toNested()).toEqual(want)
    const [, pullback] = vjp(f, there(v), there(v))
    expect(pullback(tensor(1, { backend: device }))[0].toNested()).toEqual(want)
  })

  test('a thousand training steps leave what they found', () => {
    const input = there(x)
    let p = there(w)
    const before = held()
    for (let i = 0; i < 1000; i++) {
      const old = p
      p = scope(() => add(old, mul(grad(loss)(old, input), -1e-4)), { takes: old })
    }
    expect(held()).toBe(before)
    expect(loss(p, input).item()).toBeLessThan(loss(w, x).item())
  })
})
