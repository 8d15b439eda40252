import { grad, jvp } from '@ntk/autodiff'
import { add, mul, sub, sum, type Tensor, tensor, type Value } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  type HyperparameterTree,
  hyperparameters,
  hyperparameterTensors,
  type KernelNet,
  type KernelStep,
  kernelOf,
} from '../src/index.js'
import { sample } from './helpers.js'

const affine = (wStd: number, bStd: number | null, standard = false): KernelStep => ({
  kind: 'affine',
  layer: 'Dense',
  out: 3,
  wStd,
  bStd,
  parameterization: standard ? 'standard' : 'ntk',
})
const leaky: KernelStep = { kind: 'activation', name: 'LeakyRelu', options: { alpha: 0.2 } }
const erf: KernelStep = { kind: 'activation', name: 'Erf', options: { a: 1.1, b: 0.8, c: 0.1 } }

/** A residual network with every kind of step that has numbers. */
const net: KernelNet = {
  kernel: [
    affine(1.3, 0.2),
    { kind: 'fanOut', n: 2 },
    { kind: 'parallel', branches: [[], [leaky, affine(0.9, 0.3)]] },
    { kind: 'fanInSum' },
    erf,
    affine(1.1, null, true),
    leaky,
    affine(1.2, 0.1, true),
  ],
}

const x = sample(1, 4, 5)
const weights = sample(2, 4, 4)
type Tensors = HyperparameterTree<Tensor>
/** A number that depends on all of both kernels. */
const loss = (tree: HyperparameterTree<Value>): Value => {
  const { nngp, ntk } = kernelOf(net, x, null, { hyperparameters: tree })
  return sum(mul(add(nngp, mul(ntk as Value, 0.3)), weights))
}

/** All numbers of a tree with their places. */
function leaves(tree: HyperparameterTree<Tensor>, path = ''): [string, Tensor][] {
  return tree.flatMap((step, i) =>
    Object.entries(step).flatMap(([name, value]): [string, Tensor][] =>
      Array.isArray(value)
        ? value.flatMap((branch: Tensors, b) => leaves(branch, `${path}${i}.${name}.${b}.`))
        : [[`${path}${i}.${name}`, value as Tensor]],
    ),
  )
}

/** The tree with one number moved. */
function moved(tree: HyperparameterTree, target: string, by: number, path = ''): HyperparameterTree {
  return tree.map((step, i) =>
    Object.fromEntries(
      Object.entries(step).map(([name, value]) => [
        name,
        typeof value === 'number'
          ? value + (target === `${path}${i}.${name}` ? by : 0)
          : value.map((branch, b) => moved(branch, target, by, `${path}${i}.${name}.${b}.`)),
      ]),
    ),
  )
}

describe('hyperparameters', () => {
  const tree = hyperparameters(net)

  test('are a tree of numbers, one record a step', () => {
    expect(tree).toEqual([
      { wStd: 1.3, bStd: 0.2 },
      {},
      { branches: [[], [{ alpha: 0.2 }, { wStd: 0.9, bStd: 0.3 }]] },
      {},
      { a: 1.1, b: 0.8, c: 0.1 },
      { wStd: 1.1 },
      { alpha: 0.2 },
      { wStd: 1.2, bStd: 0.1 },
    ])
  })

  test("put back, they give the network's own kernel; others give that of another network", () => {
    const own = kernelOf(net, x)
    const same = kernelOf(net, x, null, { hyperparameters: tree })
    const [a, b] = [(own.ntk as Tensor).dataSync(), (same.ntk as Tensor).dataSync()]
    a.forEach((v: number, i: number) => expect(b[i]).toBeCloseTo(v, 12))
    const one = { kernel: [affine(2, 0.5), leaky, affine(1, null)] }
    const other = kernelOf({ kernel: [affine(1, 1), leaky, affine(7, null)] }, x, null, {
      hyperparameters: [{ wStd: 2, bStd: 0.5 }, { alpha: 0.2 }, { wStd: 1 }],
    })
    const want = (kernelOf(one, x).nngp as Tensor).dataSync()
    ;(other.nngp as Tensor)
      .dataSync()
      .forEach((v: number, i: number) => expect(v).toBeCloseTo(want[i] as number, 12))
  })

  test('have gradients that agree with differences, every one of them', () => {
    const gradient = grad(loss)(hyperparameterTensors(tree)) as Tensors
    const found = leaves(gradient)
    expect(found.map(([path]) => path)).toEqual([
      '0.wStd',
      '0.bStd',
      '2.branches.1.0.alpha',
      '2.branches.1.1.wStd',
      '2.branches.1.1.bStd',
      '4.a',
      '4.b',
      '4.c',
      '5.wStd',
      '6.alpha',
      '7.wStd',
      '7.bStd',
    ])
    const at = (t: HyperparameterTree): number => (loss(hyperparameterTensors(t)) as Tensor).item()
    for (const [path, slope] of found) {
      const h = 1e-4
      const difference =
        (8 * (at(moved(tree, path, h)) - at(moved(tree, path, -h))) -
          (at(moved(tree, path, 2 * h)) - at(moved(tree, path, -2 * h)))) /
        (12 * h)
      expect(Math.abs(slope.item() - difference), path).toBeLessThan(1e-8 * Math.max(1, Math.abs(difference)))
    }
  })

  test.each([
    ['a record too few', tree.slice(1), /one record a step, 8.*Got 7/],
    ['a missing number', [{ wStd: 1 }, ...tree.slice(1)], /scalar tensor as bStd/],
    ['no branches', [...tree.slice(0, 2), {}, ...tree.slice(3)], /`branches`, a list of 2/],
    [
      'a branch too many',
      [...tree.slice(0, 2), { branches: [[], [], []] }, ...tree.slice(3)],
      /list of 2.*3/,
    ],
  ])('refuse %s', (_, wrong, message) => {
    expect(() => kernelOf(net, x, null, { hyperparameters: wrong })).toThrow(message)
  })
})

describe('the kernel of a network can be differentiated in the data', () => {
  const direction = sample(6, 4, 5)
  const f = (z: Value): Value => {
    const { nngp, ntk } = kernelOf(net, z)
    return add(nngp, ntk as Value)
  }

  test('as differences say, off the diagonal', () => {
    const [, slope] = jvp(f, [x], [direction]) as [Tensor, Tensor]
    const h = 1e-5
    const difference = mul(
      sub(f(add(x, mul(direction, h))), f(sub(x, mul(direction, h)))),
      1 / (2 * h),
    ) as Tensor
    // The tangent kernel has a kink where samples coincide: compare where they do not.
    const [got, want] = [slope.dataSync(), difference.dataSync()]
    for (let i = 0; i < 16; i++) if (i % 5 !== 0) expect(got[i]).toBeCloseTo(want[i] as number, 5)
  })

  test('finite at equal, opposite and zero samples', () => {
    const [row = []] = sample(5, 1, 5).toNested() as number[][]
    const edge = tensor([row, row, row.map((v) => -v), row.map(() => 0)])
    const [, slope] = jvp(f, [edge], [direction]) as [Tensor, Tensor]
    for (const v of slope.dataSync()) expect(Number.isFinite(v)).toBe(true)
  })
})
