import {
  type Arity,
  add,
  bind,
  cast,
  type InputArity,
  type Inputs,
  isFloat,
  mul,
  type Params,
  type Primitive,
  primitives,
  stack,
  type Tensor,
  type Tuples,
  tensorFromData,
  zerosLike,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { jvp, linearize, vjp, vmap } from '../src/index.js'
import type { Case } from './cases/case.js'
import { cases } from './cases/index.js'
import { dot, expectClose, floatsOnly } from './support/compare.js'
import { floats, type Input, seed } from './support/inputs.js'

type Function = (...xs: Tensor[]) => Tensor[]

/** A random direction for each float; null for the others. */
const directions = (xs: readonly Tensor[]): (Tensor | null)[] =>
  xs.map((x) => (isFloat(x.dtype) ? floats(x.shape)() : null))

/** Central differences of fourth order along t: (8 (f₁ − f₋₁) − (f₂ − f₋₂)) / 12 h. */
function differences(f: Function, xs: readonly Tensor[], t: readonly (Tensor | null)[]): Tensor[] {
  const h = 1e-3
  const at = (k: number): Tensor[] =>
    floatsOnly(f(...xs.map((x, i) => (t[i] ? add(x, mul(t[i] as Tensor, k * h)) : x))))
  const [a, b, c, d] = [at(1), at(-1), at(2), at(-2)]
  return a.map((_, i) => {
    const [p, q, r, s] = [a, b, c, d].map((list) => (list[i] as Tensor).dataSync()) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ]
    const data = Float64Array.from(p, (_v, k) =>
      Object.is(p[k], q[k])
        ? 0
        : (8 * ((p[k] as number) - (q[k] as number)) - ((r[k] as number) - (s[k] as number))) / (12 * h),
    )
    return tensorFromData(data, (a[i] as Tensor).shape)
  })
}

/** Each non-empty choice of some of n things. */
const choices = (n: number): boolean[][] =>
  Array.from({ length: 2 ** n - 1 }, (_, k) => Array.from({ length: n }, (_v, i) => ((k + 1) >> i) % 2 === 1))

const batch = 3

/** Inputs of which the chosen ones are `batch` samples stacked along an axis, and the inputs of each example. */
function batches(
  inputs: readonly Input[],
  chosen: readonly boolean[],
  last: boolean,
): { whole: Tensor[]; axes: (number | null)[]; example: (b: number) => Tensor[] } {
  const samples = inputs.map((input, i) => (chosen[i] ? Array.from({ length: batch }, input) : [input()]))
  const axes = samples.map((list, i) => (chosen[i] ? (last ? (list[0] as Tensor).shape.length : 0) : null))
  return {
    whole: samples.map((list, i) =>
      axes[i] === null ? (list[0] as Tensor) : stack(list, axes[i] as number),
    ),
    axes,
    example: (b) => samples.map((list) => list[b % list.length] as Tensor),
  }
}

function stacked(lists: readonly (readonly Tensor[])[]): Tensor[] {
  return (lists[0] as Tensor[]).map((_, k) => stack(lists.map((list) => list[k] as Tensor)))
}

function check<P extends Primitive>(
  primitive: P,
  { title, inputs, params }: Case<InputArity<P>, Params<P>>,
  index: number,
): void {
  const f: Function = (...xs) => bind(primitive, xs as Tuples<Tensor>[Arity] as Inputs<P, Tensor>, params)
  const list: readonly Input[] = inputs
  const sample = (): Tensor[] => {
    seed(index * 977 + primitive.length * 131 + primitive.charCodeAt(0))
    return list.map((input) => input())
  }
  const differentiable = sample().some((x) => isFloat(x.dtype))

  describe(`case: ${title}`, () => {
    if (differentiable) derivatives(f, inputs, sample)
    if (inputs.length > 0) vectorization(f, inputs, sample)
    else constant(f)
  })
}

function derivatives(f: Function, inputs: readonly Input[], sample: () => Tensor[]): void {
  test('the JVP is the limit of differences, along all inputs and along each', () => {
    const xs = sample()
    const t = directions(xs)
    const masks = [t, ...t.map((_, i) => t.map((v, k) => (k === i ? v : null)))]
    for (const mask of masks) {
      const [, out] = jvp(f, xs, mask)
      expectClose(floatsOnly(out), differences(f, xs, mask), 2e-9)
    }
  })

  test('linearize gives the JVP, and the VJP is its adjoint', () => {
    const xs = sample()
    const t = directions(xs)
    const [out, forward] = jvp(f, xs, t)
    const [value, push] = linearize(f, ...xs)
    expectClose(value, out, 0)
    expectClose(push(...t), forward, 1e-13)
    for (const mask of t.map((_, i) => t.map((v, k) => (k === i ? v : null)))) {
      expectClose(push(...mask), jvp(f, xs, mask)[1], 1e-13)
    }
    const [, pull] = vjp(f, ...xs)
    const ct = out.map((y) => floats(y.shape)())
    const back = pull(ct.map((c, i) => (isFloat((out[i] as Tensor).dtype) ? c : (out[i] as Tensor))))
    const floatOut = out.flatMap((y, i) => (isFloat(y.dtype) ? [i] : []))
    const left = dot(
      floatOut.map((i) => ct[i] as Tensor),
      floatOut.map((i) => forward[i] as Tensor),
    )
    const floatIn = xs.flatMap((x, i) => (isFloat(x.dtype) ? [i] : []))
    const right = dot(
      floatIn.map((i) => t[i] as Tensor),
      floatIn.map((i) => back[i] as Tensor),
    )
    expect(Math.abs(left - right)).toBeLessThanOrEqual(1e-12 * (1 + Math.abs(left)))
    expect(back.map((b) => b.shape)).toEqual(xs.map((x) => x.shape))
  })

  test('float32 stays float32, and agrees with float64', () => {
    const xs = sample()
    const t = directions(xs)
    const narrow = (x: Tensor): Tensor => (isFloat(x.dtype) ? cast(x, 'float32') : x)
    const wide = (list: readonly Tensor[]): Tensor[] => floatsOnly(list).map((x) => cast(x, 'float64'))
    const [out, slope] = jvp(
      f,
      xs.map(narrow),
      t.map((v) => v && narrow(v)),
    )
    expect(slope.map((v) => v.dtype)).toEqual(out.map((v) => v.dtype))
    expectClose(wide(slope), floatsOnly(jvp(f, xs, t)[1]), 2e-4)
    const ct = f(...xs).map((y) => (isFloat(y.dtype) ? floats(y.shape)() : y))
    const fits = ct.map((c, i) => (isFloat(c.dtype) ? cast(c, (out[i] as Tensor).dtype) : c))
    const back = vjp(f, ...xs.map(narrow))[1](fits)
    expect(back.map((v) => v.dtype)).toEqual(xs.map((x) => narrow(x).dtype))
    expectClose(wide(back), floatsOnly(vjp(f, ...xs)[1](ct)), 2e-4)
  })

  test('the second derivative is the limit of differences of the first, forward and backward', () => {
    const xs = sample()
    const [t, u] = [directions(xs), directions(xs)]
    const first: Function = (...ys) => jvp(f, ys, t)[1]
    expectClose(floatsOnly(jvp(first, xs, u)[1]), differences(first, xs, u), 1e-7)
    const [value] = [f(...xs)]
    const ct = value.map((y) => (isFloat(y.dtype) ? floats(y.shape)() : y))
    const gradient: Function = (...ys) => vjp(f, ...ys)[1](ct)
    expectClose(floatsOnly(jvp(gradient, xs, u)[1]), differences(gradient, xs, u), 1e-7)
  })

  vectorizedDerivatives(f, inputs, sample)
}

function vectorization(f: Function, inputs: readonly Input[], sample: () => Tensor[]): void {
  test('vmap is the loop over examples, whichever inputs differ', () => {
    sample()
    for (const chosen of choices(inputs.length)) {
      for (const last of [false, true]) {
        const { whole, axes, example } = batches(inputs, chosen, last)
        const out = vmap(f, { inAxes: axes })(...whole)
        expectClose(out, stacked(Array.from({ length: batch }, (_, b) => f(...example(b)))), 1e-13)
      }
    }
  })

  test('vmap of vmap is the loop of loops, with batch axes in different places', () => {
    sample()
    const size = 2
    for (const chosen of choices(inputs.length)) {
      // outside the chosen inputs differ, inside the others do; or all, where there are no others
      const inner = chosen.every((c) => c) ? chosen : chosen.map((c) => !c)
      const grid = inputs.map((input, i) =>
        Array.from({ length: chosen[i] ? size : 1 }, () =>
          Array.from({ length: inner[i] ? size : 1 }, input),
        ),
      )
      const at = (list: readonly Tensor[]): Tensor => list[0] as Tensor
      const whole = grid.map((rows, i) => {
        const stackedRows = rows.map((row) => (inner[i] ? stack(row, at(row).shape.length) : at(row)))
        return chosen[i] ? stack(stackedRows) : at(stackedRows)
      })
      const outerAxes = chosen.map((c) => (c ? 0 : null))
      const innerAxes = inner.map((c) => (c ? -1 : null))
      const out = vmap(vmap(f, { inAxes: innerAxes }), { inAxes: outerAxes })(...whole)
      const example = (o: number, i: number): Tensor[] =>
        grid.map((rows) => {
          const row = rows[o % rows.length] as Tensor[]
          return row[i % row.length] as Tensor
        })
      const loop = [0, 1].map((o) => stacked([0, 1].map((i) => f(...example(o, i)))))
      expectClose(out, stacked(loop), 1e-13)
    }
  })
}

function vectorizedDerivatives(f: Function, inputs: readonly Input[], sample: () => Tensor[]): void {
  test('vmap of jvp and of vjp are the loops over examples', () => {
    sample()
    for (const chosen of choices(inputs.length)) {
      const { whole, axes, example } = batches(inputs, chosen, false)
      const t = directions(example(0))
      const forward: Function = (...xs) => jvp(f, xs, t)[1]
      const loop = (g: Function): Tensor[] =>
        stacked(Array.from({ length: batch }, (_, b) => g(...example(b))))
      expectClose(vmap(forward, { inAxes: axes })(...whole), loop(forward), 1e-12)
      const ct = f(...example(0)).map((y) => (isFloat(y.dtype) ? floats(y.shape)() : y))
      const backward: Function = (...xs) => vjp(f, ...xs)[1](ct)
      expectClose(vmap(backward, { inAxes: axes })(...whole), loop(backward), 1e-12)
    }
    // many cotangents through one linearization
    const xs = inputs.map((input) => input())
    const [out, pull] = vjp(f, ...xs)
    const cts = Array.from({ length: batch }, () =>
      out.map((y) => (isFloat(y.dtype) ? floats(y.shape)() : y)),
    )
    const through: Function = (...c) => pull(c)
    expectClose(vmap(through)(...stacked(cts)), stacked(cts.map((c) => pull(c))), 1e-12)
  })
}

function constant(f: Function): void {
  test('without inputs it is a constant to every transformation', () => {
    const x = floats([3])()
    expectClose(jvp((_x: Tensor) => f(), [x], [x])[1], f().map(zerosLike), 0)
    expectClose(vmap((_x: Tensor) => f(), { outAxes: null })(x), f(), 0)
  })
}

function checkAll<P extends Primitive>(primitive: P): void {
  const list: readonly Case<InputArity<P>, Params<P>>[] = cases[primitive]
  list.forEach((one, i) => check(primitive, one, i))
}

for (const primitive of primitives) {
  describe(`primitive ${primitive}`, () => {
    test('has cases', () => expect(cases[primitive].length).toBeGreaterThan(0))
    checkAll(primitive)
  })
}
