/** Types on hover: what is said of a name, and that a reader sees it. */
import { expect, test } from 'vitest'
import { typesOf } from '../.vitepress/types-of.js'
import { missing, startReader } from './reader.js'

const program = `import { Dense } from '@ntk/stax'

const layer = Dense(8, { wStd: 1.5 })
console.log(layer.spec)`

test('names of a program have the types and the words of the sources, where they are used', () => {
  const { code, nodes } = typesOf(program)
  expect(code).toBe(program)
  expect(nodes.map(({ target }) => target)).toEqual(['layer', 'Dense', 'wStd', 'layer', 'spec'])
  const [layer, dense, wStd] = nodes
  expect(layer).toMatchObject({ text: 'const layer: Layer<"one", "one">', line: 2, character: 6, length: 5 })
  expect(program.slice(dense?.start).startsWith('Dense(8')).toBe(true)
  expect(dense?.text).toContain('Dense(out: number, options?: DenseOptions): Layer')
  expect(dense?.docs).toMatch(/^\S.*\S$/s)
  expect(wStd?.text).toContain('wStd?: number | undefined')
}, 180_000)

test('a program that does not fit the types ends the build', () => {
  expect(() => typesOf(program.replace('1.5', "'1.5'"))).toThrow(
    "Type 'string' is not assignable to type 'number'",
  )
})

test.skipIf(missing !== null)(
  'a name under the pointer shows its type, in a page that loads what for when it opens',
  async () => {
    const reader = await startReader()
    try {
      const page = await reader.open('/start/index.html')
      await page.locator('.twoslash-hover', { hasText: 'kernelFn' }).first().hover()
      const box = page.locator('.v-popper__popper--shown')
      await box.waitFor()
      expect(await box.innerText()).toContain('function kernelFn(net: OneNet): KernelFn')
      const scripts = await page.evaluate<readonly string[]>(
        "performance.getEntriesByType('resource').map(({ name }) => name)",
      )
      const plain = await reader.open('/index.html')
      const without = await plain.evaluate<readonly string[]>(
        "performance.getEntriesByType('resource').map(({ name }) => name)",
      )
      expect(scripts.some((name) => name.includes('/chunks/client'))).toBe(true)
      expect(without.filter((name) => name.includes('/chunks/client'))).toEqual([])
      expect(reader.troubles).toEqual([])
    } finally {
      await reader.close()
    }
  },
)
