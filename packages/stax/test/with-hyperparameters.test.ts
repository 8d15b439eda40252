import {
  type HyperparameterTree,
  hyperparameters,
  kernelFn,
  kernelOf,
  withHyperparameters,
} from '@ntk/kernels-analytic'
import { key, normal, type Tensor } from '@ntk/tensor'
import { expect, test } from 'vitest'
import {
  Conv,
  Dense,
  Dropout,
  Erf,
  FanInSum,
  FanOut,
  Flatten,
  GlobalSelfAttention,
  Identity,
  LeakyRelu,
  parallel,
  repeat,
  serial,
} from '../src/index.js'

const std = { wStd: 1.3, bStd: 0.2 }
const dense = serial(
  Dense(1, std),
  LeakyRelu({ alpha: 0.1 }),
  repeat(serial(Dense(1, std), Erf()), 2),
  Dropout(0.9),
  Dense(1),
)
const block = serial(FanOut(2), parallel(Identity(), serial(Dense(1, std), Erf(), Dense(1, std))), FanInSum())
const embedding = { posEmbType: 'SUM', wPosEmbStd: 0.7 } as const
const attention = GlobalSelfAttention({
  out: 4,
  nChanKey: 2,
  nChanVal: 2,
  nHeads: 2,
  mechanism: 'IDENTITY',
  ...embedding,
  wKeyStd: 1.1,
  bStd: 0.3,
})

/** Every number of a tree moved, each by another factor. */
function moved(tree: HyperparameterTree): HyperparameterTree {
  let count = 0
  const walk = (steps: HyperparameterTree): HyperparameterTree =>
    steps.map((step) =>
      Object.fromEntries(
        Object.entries(step).map(([name, value]) => {
          if (typeof value !== 'number') return [name, value.map(walk)]
          count++
          return [name, name === 'keep' ? 0.8 : value * (1 + 0.03 * count)]
        }),
      ),
    )
  return walk(tree)
}

test.each([
  ['dense', dense, normal(key(0), [4, 3])],
  ['residual', serial(Dense(1, std), block, Dense(1)), normal(key(0), [4, 3])],
  ['of attention', serial(Conv(4, [2], std), attention, Flatten(), Dense(1, std)), normal(key(0), [3, 4, 2])],
] as const)(
  'a %s network with other numbers has the kernel that those numbers give',
  async (_name, net, x) => {
    const tree = moved(hyperparameters(net))
    const other = withHyperparameters(net, tree)
    expect(hyperparameters(other)).toEqual(tree)
    const got = await kernelFn(other)(x, null, { get: 'ntk' })
    const want = kernelOf(net, x, null, { hyperparameters: tree }).ntk as Tensor
    const [a, b] = [got.dataSync(), want.dataSync()]
    a.forEach((v: number, i: number) => expect(v).toBeCloseTo(b[i] as number, 11))
  },
)

test('trees that do not fit are refused', () => {
  const tree = hyperparameters(dense)
  expect(() => withHyperparameters(dense, tree.slice(1))).toThrow(/one record a step/)
  expect(() => withHyperparameters(dense, [{ wStd: 1 }, ...tree.slice(1)])).toThrow(/hyperparameters\(net\)/)
  expect(() => withHyperparameters(dense, [{ wStd: Number.NaN, bStd: 1 }, ...tree.slice(1)])).toThrow(
    /finite number as wStd/,
  )
})
