/** Kernels of combinators, trees of inputs, graphs and linear maps of positions, held against neural-tangents by every way to a kernel. */
import type { KernelStep } from '@ntk/kernels-analytic'
import { describe, expect, test } from 'vitest'
import { fromSpec } from '../src/index.js'
import { casesOf, holdsByEveryWay, type ReferenceCase } from './reference-cases.js'

/** The reference rounds the diagonal of its NTK to 1e-8 behind ReLU, where x2 is null. */
const isRounded = (c: ReferenceCase): boolean => c.x2 === null && JSON.stringify(c.spec).includes('Relu')

/** A product that sums over samples leaves none; here its kernel is refused by name. */
const sumsSamples = (c: ReferenceCase): boolean => c.name === 'DotGeneral contracts the batch'

const hasKernel = (steps: readonly KernelStep[]): boolean =>
  steps.every((step) =>
    step.kind === 'parallel' ? step.branches.every(hasKernel) : step.kind !== 'finiteOnly',
  )
const ready = (c: ReferenceCase): boolean => {
  try {
    return !sumsSamples(c) && hasKernel(fromSpec(c.spec).kernel) && Array.isArray(c.x1)
  } catch {
    return false
  }
}

describe.each(['combinators', 'trees', 'linear-maps'])('%s', (file) => {
  describe.each(casesOf(file).filter(ready))('$name ($#)', (c) => {
    holdsByEveryWay(c, isRounded(c) ? 1e-8 : 1e-10)
  })
})

test('cases without a kernel here are those that are known to have none', () => {
  const left = ['combinators', 'trees', 'linear-maps'].flatMap((file) =>
    casesOf(file).flatMap((c) => (ready(c) ? [] : [`${file}: ${c.name}`])),
  )
  expect(left).toMatchSnapshot()
})
