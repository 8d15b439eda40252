import { expect, test } from 'vitest'
import { type Kernel, type KernelStep, kernelFn } from '../src/index.js'
import { sample } from './helpers.js'

const step = (name: string, does: () => void): KernelStep => ({
  kind: 'map',
  name,
  map: (kernel: Kernel) => {
    does()
    return kernel
  },
})

function busy(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

test('the event loop has its turn between the steps of one tile', async () => {
  const seen: string[] = []
  const kernel = [
    step('First', () => {
      busy(60)
      setTimeout(() => seen.push('timer'), 0)
    }),
    step('Second', () => busy(60)),
    step('Third', () => seen.push('third')),
  ]
  await kernelFn({ kernel })(sample(1, 3, 2), null)
  expect(seen).toEqual(['timer', 'third'])
})

test('an abort ends a tile between two of its steps', async () => {
  const control = new AbortController()
  const seen: string[] = []
  const kernel = [
    step('First', () => {
      seen.push('first')
      control.abort()
    }),
    step('Second', () => seen.push('second')),
    step('Third', () => seen.push('third')),
  ]
  const run = kernelFn({ kernel })(sample(1, 3, 2), null, { signal: control.signal })
  await expect(run).rejects.toMatchObject({ code: 'aborted' })
  expect(seen).not.toContain('third')
})
