import { mul, type NtkError, type Tensor, tensor, type Value } from '@ntk/tensor'
import { describe, expect, expectTypeOf, test } from 'vitest'
import {
  grad,
  jacrev,
  jvp,
  treeFlatten,
  treeLeaves,
  treeMap,
  treeUnflatten,
  valueAndGrad,
  vmap,
} from '../src/index.js'

const [a, b, c] = [tensor(1), tensor([2]), tensor([3, 4])]

function thrown(f: () => unknown): NtkError {
  try {
    f()
  } catch (error) {
    return error as NtkError
  }
  throw new Error('nothing was thrown')
}

describe('trees', () => {
  test('leaves come in the order of lists and of keys as they were set', () => {
    const tree = [{ w: a, b }, null, [c, []]]
    const { leaves, treedef } = treeFlatten(tree)
    expect(leaves).toEqual([a, b, c])
    expect(treeUnflatten(treedef, leaves)).toEqual(tree)
    expect(JSON.parse(JSON.stringify(treedef))).toEqual(treedef)
  })

  test('another tree is matched by key, whatever the order of its keys', () => {
    const first = { w: a, b }
    const second = { b: c, w: b }
    expect(treeLeaves(second, treeFlatten(first).treedef)).toEqual([b, c])
    const both = treeMap((p, q) => mul(p, q), first, { b, w: a }) as { w: Tensor; b: Tensor }
    expect([both.w.toNested(), both.b.toNested()]).toEqual([1, [4]])
  })

  test('absent and undefined keys are one', () => {
    const { leaves, treedef } = treeFlatten({ w: a, b: undefined })
    expect(treeUnflatten(treedef, leaves)).toEqual({ w: a })
    expect(treeFlatten({ w: a }, treedef).leaves).toEqual([a])
  })

  test('different structures are named with the path', () => {
    const def = treeFlatten([{ w: a }, { w: b, b: c }]).treedef
    for (const [other, path] of [
      [[{ w: a }, { w: b }], 'tree[1]'],
      [[{ w: a }, { w: b, b: null }], 'tree[1].b'],
      [[{ w: [a] }, { w: b, b: c }], 'tree[0].w'],
      [[{ w: a }], 'root'],
    ] as const) {
      const error = thrown(() => treeFlatten(other, def))
      expect(error.code).toBe('tree')
      expect(error.message).toContain(path)
    }
    expect(thrown(() => treeUnflatten(def, [a])).code).toBe('tree')
  })

  test('what is no tree is refused with the path and a way out', () => {
    const error = thrown(() => treeFlatten({ layers: [{ w: 3 }] }))
    expect(error.code).toBe('tree')
    expect(error.message).toContain('tree.layers[0].w')
    expect(error.fix).toContain('tensor(')
    expect(thrown(() => treeFlatten(new Map())).code).toBe('tree')
  })
})

test('types: a gradient has the type of what it is taken in, vmap keeps the signature', () => {
  interface Params {
    readonly w: Tensor
    readonly b?: Tensor
  }
  const loss = (p: Params, x: Tensor): Tensor => mul(p.w, x)
  const given: { w: Tensor } = { w: a }
  expectTypeOf(grad(loss)(given, a)).toEqualTypeOf<{ w: Tensor }>()
  expectTypeOf(grad(loss, { argnums: 1 })(given, a)).toEqualTypeOf<Tensor>()
  expectTypeOf(grad(loss, { argnums: [1, 0] })(given, a)).toEqualTypeOf<[Tensor, { w: Tensor }]>()
  expectTypeOf(valueAndGrad(loss)(given, a)).toEqualTypeOf<{ value: Tensor; grad: { w: Tensor } }>()
  expectTypeOf(vmap(loss)).toEqualTypeOf<(p: Params, x: Tensor) => Tensor>()
  const generic = <V extends Value>(x: V): V => mul(x, 2)
  const batched: <V extends Value>(x: V) => V = vmap(generic)
  expectTypeOf(batched(b)).toEqualTypeOf<Tensor>()
  expectTypeOf(jvp(generic, [a], [a])).toEqualTypeOf<[out: Tensor, outTangent: Tensor]>()
  expectTypeOf(jacrev((p: Params) => [p.w, { y: p.w }] as const)(given)).toEqualTypeOf<
    [{ w: Tensor }, { y: { w: Tensor } }]
  >()
})
