import { add, type Backend, cpuBackend, type Tensor, tensor, toBackend, type Value } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  evaluatePlainly,
  inputKernel,
  type Kernel,
  type KernelStep,
  kernelFn,
  kernelOf,
} from '../src/index.js'
import { requirementOfBranches, requirementOfChain } from '../src/requirements.js'
import { close, dense, netOf, sample } from './helpers.js'

const affine: KernelStep = {
  kind: 'affine',
  layer: 'Dense',
  out: 1,
  wStd: 1.3,
  bStd: 0.2,
  parameterization: 'ntk',
}
const relu: KernelStep = { kind: 'activation', name: 'Relu', options: {} }
const erf: KernelStep = { kind: 'activation', name: 'Erf', options: { a: 1, b: 1, c: 0 } }
const hidden = [affine, relu, affine]
const nested = (x: Value | null): ReturnType<Tensor['toNested']> => (x as Tensor).toNested()
const after = (steps: readonly KernelStep[], kernel: Kernel): Kernel =>
  evaluatePlainly(steps, [kernel])[0] as Kernel

describe('what is needed of positions', () => {
  test('of a chain is what the first step that needs any needs', () => {
    expect(requirementOfChain([])).toBe('same')
    expect(requirementOfChain(['same', 'diagonal', 'full'])).toBe('diagonal')
    expect(requirementOfChain(['same', 'full', 'diagonal'])).toBe('full')
  })

  test('of branches is what the most demanding needs', () => {
    expect(requirementOfBranches(['same', 'full'])).toBe('full')
    expect(requirementOfBranches(['diagonal', 'same'])).toBe('same')
    expect(requirementOfBranches(['diagonal', 'diagonal'])).toBe('diagonal')
  })
})

describe('a step keeps what it does not concern and never changes its input', () => {
  const x = sample(1, 3, 2, 4)
  const kernel = inputKernel(x, null, { diagonalSpatial: false })

  test('shapes, flags and arrays of images', () => {
    const before = nested(kernel.nngp)
    const out = after(hidden, kernel)
    expect(nested(kernel.nngp)).toEqual(before)
    expect(out.isGaussian).toBe(true)
    expect(out.means).toBe('zero')
    expect(out.shape1).toEqual([3, 2, 1])
    expect(out.x1IsX2).toBe(true)
    expect(out.nngp.shape).toEqual([3, 3, 2, 2])
  })

  test('the diagonal of all pairs of positions is the kernel of equal positions', () => {
    const wide = after([...hidden, { kind: 'flatten' }], kernel)
    const thin = after([...hidden, { kind: 'flatten' }], inputKernel(x))
    close(wide.nngp as Tensor, nested(thin.nngp), 1e-12)
    close(wide.ntk as Tensor, nested(thin.ntk), 1e-12)
    close(wide.cov1 as Tensor, nested(thin.cov1), 1e-12)
    expect(thin.shape1).toEqual([3, 2])
    expect(thin.isGaussian).toBe(false)
  })
})

describe('a step of no known kind', () => {
  const x = sample(2, 3, 4)
  const unknown = (step: unknown): { readonly kernel: readonly KernelStep[] } => ({
    kernel: [affine, step as KernelStep],
  })

  test.each([
    ['a typing error', { kind: 'afine' }, /"afine".*Did you mean "affine"/],
    ['the name of a property of every object', { kind: 'constructor' }, /"constructor"/],
    ['nothing', undefined, /something that is no step.*`kernel` of a layer/],
    ['a function', () => 0, /something that is no step/],
  ])('%s is an error, from kernelFn and from kernelOf', async (_, step, message) => {
    expect(() => kernelOf(unknown(step), x)).toThrow(message)
    await expect(kernelFn(unknown(step))(x)).rejects.toThrow(message)
  })

  test('does not compile', () => {
    // @ts-expect-error the union of kinds is closed
    const step: KernelStep = { kind: 'convolution' }
    expect(() => kernelOf({ kernel: [step] }, x)).toThrow(/convolution/)
  })

  test('an unknown activation names the nearest', () => {
    const step: KernelStep = { kind: 'activation', name: 'Rleu', options: {} }
    expect(() => kernelOf({ kernel: [affine, step] }, x)).toThrow(/"Rleu".*Did you mean "Relu"/)
  })
})

describe('a layer that has no kernel', () => {
  test('says its name and the way out', async () => {
    const net = { kernel: [affine, { kind: 'finiteOnly', layer: 'MaxPool' } as const] }
    await expect(kernelFn(net)(sample(3, 2, 4))).rejects.toThrow(
      /MaxPool.*no infinite-width kernel.*monteCarlo/,
    )
  })
})

describe('branches', () => {
  const x = tensor([[1, 2, 3]])
  const plain: KernelStep = { ...affine, wStd: 1, bStd: null }
  const both = (a: readonly KernelStep[], b: readonly KernelStep[]): readonly KernelStep[] => [
    { kind: 'fanOut', n: 2 },
    { kind: 'parallel', branches: [a, b] },
    { kind: 'fanInSum' },
  ]
  const of = (steps: readonly KernelStep[], input: Tensor = x): Kernel => kernelOf({ kernel: steps }, input)
  const numbers = (kernel: Kernel): [number, number] => [
    (kernel.nngp as Tensor).item(),
    (kernel.ntk as Tensor).item(),
  ]

  test('with weights of their own add their kernels', () => {
    const y = sample(4, 5, 3)
    const total = of([affine, ...both([], [relu, affine]), affine], y)
    const [first, second] = [of([affine], y), of([affine, relu, affine], y)]
    const sum = after([affine], {
      ...first,
      nngp: add(first.nngp, second.nngp),
      ntk: add(first.ntk as Tensor, second.ntk as Tensor),
    })
    close(total.nngp as Tensor, nested(sum.nngp), 1e-14)
    close(total.ntk as Tensor, nested(sum.ntk), 1e-14)
  })

  test('that end in activations have means, and their product is part of the sum', () => {
    // (1 + 4 + 9)/3 (1/2 + 1/2 + 2/2π), and that plus twice 1/2 of 14/3
    const [nngp, ntk] = numbers(of([...both([plain, relu], [plain, relu]), plain]))
    expect(nngp).toBeCloseTo((14 / 3) * (1 + 1 / Math.PI), 12)
    expect(ntk).toBeCloseTo((14 / 3) * (2 + 1 / Math.PI), 12)
    expect(nngp).toBeCloseTo(6.1521, 4)
    expect(ntk).toBeCloseTo(10.8188, 4)
  })

  test('the same on both sides and in the diagonal terms, in every layout', () => {
    const net = [...both([plain, relu], [plain, { kind: 'activation', name: 'Abs', options: {} }]), plain]
    const images = sample(5, 3, 2, 2, 3)
    for (const input of [sample(5, 3, 4), images]) {
      const own = kernelOf({ kernel: net }, input)
      const two = kernelOf({ kernel: net }, input, input)
      close(own.nngp as Tensor, nested(two.nngp), 1e-13)
      close(own.cov1 as Tensor, nested(two.cov2), 1e-13)
      const space = input.shape.length - 2
      const diagonal = own.nngp as Tensor
      const step = diagonal.size / 9
      const terms = (own.cov1 as Tensor).dataSync()
      for (let i = 0; i < 3; i++) {
        for (let k = 0; k < step; k++) {
          const at = (i * 3 + i) * step + k
          expect(diagonal.dataSync()[at]).toBeCloseTo(terms[i * step + k] as number, 12)
        }
      }
      expect(space === 0 ? own.nngp.shape : own.nngp.shape.slice(2)).toEqual(
        space === 0 ? [3, 3] : [2, 2, 2, 2],
      )
    }
  })

  test('that are odd have no mean', () => {
    const [nngp] = numbers(of([...both([plain, erf], [plain, relu]), plain]))
    const alone = [erf, relu].map((step) => numbers(of([plain, step, plain]))[0])
    expect(nngp).toBeCloseTo((alone[0] as number) + (alone[1] as number), 13)
  })

  test('that are the same values twice count four times', () => {
    const [nngp, ntk] = numbers(of([plain, ...both([], [])]))
    expect(nngp).toBeCloseTo(4 * (14 / 3), 12)
    expect(ntk).toBeCloseTo(4 * (14 / 3), 12)
    // also of the data themselves, and still Gaussian behind a layer
    expect(numbers(of([...both([], []), plain, relu]))[0]).toBeCloseTo(2 * (14 / 3), 12)
  })

  const abRelu = (a: number, b: number): KernelStep => ({
    kind: 'activation',
    name: 'ABRelu',
    options: { a, b },
  })
  const abs: KernelStep = { kind: 'activation', name: 'Abs', options: {} }
  const leaky: KernelStep = { kind: 'activation', name: 'LeakyRelu', options: { alpha: 0.3 } }

  test.each([
    ['u + relu(u)', both([], [relu]), abRelu(1, 2)],
    ['relu(u) + |u|', both([relu], [abs]), abRelu(-1, 2)],
    ['relu(u) + relu(u)', both([relu], [relu]), abRelu(0, 2)],
    ['(u + relu(u)) + |u|', both(both([], [relu]), [abs]), abRelu(0, 3)],
    ['leaky(2 u) + u', both([...both([], []), leaky], []), abRelu(1.6, 3)],
  ] as const)('that are functions of the same values are one function of them: %s', (_, branches, whole) => {
    for (const input of [sample(11, 4, 3), sample(12, 3, 2, 3)]) {
      const got = of([affine, ...branches, affine], input)
      const want = of([affine, whole, affine], input)
      for (const name of ['nngp', 'ntk', 'cov1'] as const) {
        close(got[name] as Tensor, nested(want[name]), 1e-12)
      }
    }
  })

  test('a function of what comes in beside two branches with weights of their own: all pairs of means count', () => {
    const three: readonly KernelStep[] = [
      { kind: 'fanOut', n: 3 },
      { kind: 'parallel', branches: [[relu], [plain, relu], [plain, abs]] },
      { kind: 'fanInSum' },
    ]
    const q = 14 / 3
    // E[relu] = √(q/2π), of variance q in the first branch and of q, then of q, in the others; E|x| is twice that.
    const m = q / (2 * Math.PI)
    const [nngp] = numbers(of([plain, ...three]))
    expect(nngp).toBeCloseTo(q / 2 + q / 2 + q + 2 * (m + 2 * m + 2 * m), 12)
  })

  test.each([
    [
      'u + erf(u)',
      [plain, ...both([], [erf])],
      /other functions of the same values.*u \+ erf\(u\).*Put a Dense/,
    ],
    ['erf(u) + relu(u)', [plain, ...both([erf], [relu])], /other functions of the same values/],
    [
      'a block with a shortcut inside a branch, beside its own input',
      [plain, ...both([], both([], [plain, relu, plain]))],
      /other functions of the same values/,
    ],
    ['data + relu(W data)', both([], [plain, relu]), /means of branches.*the data itself/],
    [
      'one value to two branches',
      [{ kind: 'parallel', branches: [[], []] }],
      /parallel of 2 branches needs 2 values/,
    ],
    ['a layer on branches', [{ kind: 'fanOut', n: 2 }, plain], /Dense takes one value.*2 branches/],
  ] as readonly (readonly [string, readonly KernelStep[], RegExp])[])(
    '%s is refused',
    (_, steps, message) => {
      expect(() => of(steps)).toThrow(message)
    },
  )

  test('branches of other shapes are refused', () => {
    const flat: KernelStep = { kind: 'flatten' }
    expect(() => of(both([flat, plain], [plain]), sample(6, 2, 3, 4))).toThrow(/branches of one shape/)
    expect(() => after([{ kind: 'fanInSum' }], inputKernel(x))).not.toThrow()
    expect(() => evaluatePlainly([{ kind: 'fanInSum' }], [])).toThrow(/at least one/)
  })

  test('in tiles they are what they are in one piece', async () => {
    const y = sample(7, 9, 4)
    const net = { kernel: [affine, ...both([relu, affine, relu], [affine, relu]), affine] }
    const whole = kernelOf(net, y)
    const tiles = await kernelFn(net)(y, null, { tile: 4 })
    close(tiles.nngp, nested(whole.nngp), 1e-12)
    close(tiles.ntk, nested(whole.ntk), 1e-12)
  })
})

test("a user's own step is a function of one kernel", async () => {
  const halve: KernelStep = {
    kind: 'map',
    name: 'Halve',
    map: (k) => ({ ...k, nngp: add(k.nngp, k.nngp), cov1: add(k.cov1, k.cov1) }),
  }
  const x = sample(8, 3, 4)
  const { nngp } = await kernelFn({ kernel: [...netOf(dense(1)).kernel, halve] })(x)
  const plain = await kernelFn(netOf(dense(1)))(x)
  close(nngp, nested(add(plain.nngp, plain.nngp)), 0)
})

test('a run of layers inside of a branch is taken in one piece', async () => {
  const seen: number[] = []
  const cpu = cpuBackend()
  const fused = cpu.composites.dualStack
  const counting: Backend = {
    ...cpu,
    composites: {
      ...cpu.composites,
      dualStack: (inputs, params, ...rest) => {
        seen.push(params.steps.length)
        return fused?.(inputs, params, ...rest) ?? null
      },
    },
  }
  const net = {
    kernel: [
      affine,
      relu,
      affine,
      { kind: 'fanOut', n: 2 },
      { kind: 'parallel', branches: [[], [relu, affine, erf, affine, relu, affine]] },
      { kind: 'fanInSum' },
      relu,
    ],
  } as const
  const x = sample(9, 4, 3)
  const there = await kernelFn(net)(await toBackend(x, counting))
  expect(seen).toEqual([3, 5])
  close(there.ntk, nested(kernelOf(net, x).ntk), 1e-12)
})
