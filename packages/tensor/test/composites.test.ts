import {
  type Backend,
  bindComposite,
  type Composite,
  type CompositeKernels,
  cpuBackend,
  createCpuBackend,
  Donation,
  inferComposite,
  key,
  linearCombinationComposite,
  normal,
  shareOfLargerComposite,
  type Tensor,
  tensor,
} from '@ntk/tensor'
import { compositeContract } from '@ntk/tensor/contract'
import { describe, expect, it, test } from 'vitest'

describe('composites on the CPU', () => {
  compositeContract(() => cpuBackend(), linearCombinationComposite, { it })
  compositeContract(() => cpuBackend(), shareOfLargerComposite, { it })

  test.each(['float64', 'float32'] as const)(
    'a linear combination of %s has the bits of its decomposition',
    (dtype) => {
      const values = [0, 1, 2].map((seed) => normal(key(seed), [7, 1001], { dtype }))
      const [a, b, c] = values as [Tensor, Tensor, Tensor]
      const params = { weights: [1, -0.3, 2.5] }
      const fused = bindComposite(linearCombinationComposite, [a, b, c], params)[0]
      const plain = linearCombinationComposite.decompose([a, b, c], params)[0]
      expect(fused).toEqual({ ...plain, buffer: expect.anything() })
      expect((fused as Tensor).dataSync()).toEqual((plain as Tensor).dataSync())
    },
  )

  test('a linear combination over a value that is given away is written there, with the same bits', () => {
    const [a, b] = [normal(key(4), [3, 5000]), normal(key(5), [3, 5000])]
    const weights = [1, -0.3]
    const want = (linearCombinationComposite.decompose([a, b], { weights })[0] as Tensor).dataSync()
    const memory = b.buffer
    const donation = new Donation([1])
    const over = bindComposite(linearCombinationComposite, [a, b], { weights }, donation)[0] as Tensor
    expect(donation.taken(1)).toBe(true)
    expect(over.buffer).toBe(memory)
    expect(over.dataSync()).toEqual(want)
  })

  test.each(['float64', 'float32'] as const)(
    'the share of the larger of two is 1, 1/2 or 0 in %s',
    (dtype) => {
      const x = tensor([1, 2, 3, -0, Number.NaN, Infinity, -5], { dtype })
      const y = tensor([2, 2, 2, 0, 1, Infinity, -6], { dtype })
      const share = (a: Tensor, b: Tensor): unknown =>
        bindComposite<'shareOfLarger', Tensor>(shareOfLargerComposite, [a, b], {})[0].toNested()
      expect(share(x, y)).toEqual([0, 0.5, 1, 0.5, 0, 0.5, 1])
      expect(share(y, x)).toEqual([1, 0.5, 0, 0.5, 0, 0.5, 0])
      expect(share(x, tensor(2, { dtype }))).toEqual([0, 0.5, 1, 0, 0, 1, 0])
      expect(share(tensor(2, { dtype }), x)).toEqual([1, 0.5, 0, 1, 0, 0, 1])
      const kernel = cpuBackend().composites.shareOfLarger
      const column = tensor([[1], [2]], { dtype })
      expect(kernel?.([x, column], {}, inferComposite('shareOfLarger', [x, column], {}), null)).toBeNull()
    },
  )

  test('a kernel leaves what it does not take to the decomposition', () => {
    const one = tensor([1], { dtype: 'int32' })
    const params = { weights: [3] }
    const kernel = cpuBackend().composites.linearCombination
    expect(kernel?.([one], params, inferComposite('linearCombination', [one], params), null)).toBeNull()
    expect(
      bindComposite<'linearCombination', Tensor>(linearCombinationComposite, [one], params)[0].toNested(),
    ).toEqual([3])
  })

  test('a backend without a kernel of a composite runs its decomposition', () => {
    const bare: Backend = { ...createCpuBackend(), composites: {} }
    const x = tensor([1, 2], { backend: bare })
    expect(
      bindComposite<'linearCombination', Tensor>(linearCombinationComposite, [x], {
        weights: [2],
      })[0].toNested(),
    ).toEqual([2, 4])
  })
})

describe('a composite is a contract', () => {
  const x = tensor([1, 2])

  test('an unknown name and wrong parameters do not compile, and are errors from JavaScript', () => {
    // @ts-expect-error: no such composite
    const unknown: Composite<'double'> = { name: 'double', decompose: ([v]: readonly unknown[]) => [v] }
    expect(() => bindComposite(unknown as never, [x] as never, {} as never)).toThrow(
      expect.objectContaining({
        code: 'unsupported',
        got: 'double',
        fix: expect.stringContaining('dualErf'),
      }),
    )
    // @ts-expect-error: weights are numbers
    expect(() => bindComposite(linearCombinationComposite, [x], { weights: '1' })).toThrow(
      expect.objectContaining({ code: 'option', got: '"1"' }),
    )
    // @ts-expect-error: two inputs
    expect(() => bindComposite(shareOfLargerComposite, [x], {})).toThrow(
      expect.objectContaining({ code: 'value' }),
    )
    const steps = [{ kind: 'gelu' }]
    expect(() => inferComposite('dualStackVariance', [x], { steps } as never)).toThrow(
      expect.objectContaining({ code: 'option', what: expect.stringContaining('steps') }),
    )
  })

  test('a backend cannot list a kernel of a name that is none, or of other parameters', () => {
    const misnamed: CompositeKernels = {
      // @ts-expect-error: no such composite
      dualStacks: () => null,
    }
    const misread: CompositeKernels = {
      // @ts-expect-error: erf has a, b and c
      dualErf: (_, params: { readonly slope: number }) => (params.slope > 0 ? null : null),
    }
    expect(Object.keys(misnamed).length + Object.keys(misread).length).toBe(2)
  })

  test.each([
    ['values of two shapes', 'linearCombination', [x, tensor([1])], { weights: [1, 1] }, 'shape'],
    ['a weight too many', 'linearCombination', [x], { weights: [1, 1] }, 'value'],
    ['two dtypes', 'shareOfLarger', [x, tensor([1, 2], { dtype: 'float32' })], {}, 'dtype'],
    [
      'integers',
      'shareOfLarger',
      [tensor([1], { dtype: 'int32' }), tensor([1], { dtype: 'int32' })],
      {},
      'dtype',
    ],
    ['variances of another length', 'dualStack', [tensor([[1]]), x, x], { steps: [], ntk: true }, 'shape'],
  ] as const)('%s is an error that names the composite', (_, name, inputs, params, code) => {
    expect(() => inferComposite(name, inputs as never, params as never)).toThrow(
      expect.objectContaining({ code, what: expect.stringContaining(name) }),
    )
  })
})
