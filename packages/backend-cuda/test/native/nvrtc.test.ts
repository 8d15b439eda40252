/** The compiler of CUDA itself, which needs no GPU: one program of every primitive and dtype compiles for the devices of today. */
import { contractCases } from '@ntk/tensor/contract'
import { describe, expect, it } from 'vitest'
import { backendOf } from '../../src/backend.js'
import { compiled } from '../../src/compile.js'
import { loadLibraries } from '../../src/native/node.js'
import { program } from '../../src/text/prelude.js'
import { compiler } from '../stand-in/compiler.js'
import { standIn } from '../stand-in/index.js'

const libraries = loadLibraries(process.env)

describe.skipIf(typeof libraries === 'string' || compiler === null)(
  `NVRTC (${typeof libraries === 'string' ? `skipped: ${libraries}` : libraries.about.nvrtc})`,
  () => {
    const nvrtc = libraries as Exclude<typeof libraries, string>

    it.each(['sm_80', 'sm_90'])('compiles every kind of program for %s', async (architecture) => {
      const cuda = standIn()
      const { backend } = backendOf(cuda.api, 0)
      const seen = new Set<string>()
      for (const c of contractCases()) {
        const kind = `${c.primitive} of ${c.dtype}`
        if (c.primitive === null || seen.has(kind)) continue
        const before = cuda.texts.length
        await c.run(backend)
        if (cuda.texts.length > before) seen.add(kind)
      }
      expect(seen.size).toBeGreaterThan(100)
      for (const text of cuda.texts) {
        const image = compiled(nvrtc, architecture, text)
        expect(String.fromCharCode(...image.subarray(1, 4))).toBe('ELF')
      }
    })

    it('says what is wrong with a program', () => {
      expect(() => compiled(nvrtc, 'sm_80', program('wrong = 1;'))).toThrow(
        expect.objectContaining({
          code: 'backend',
          got: expect.stringMatching(/identifier "wrong" is undefined/),
        }),
      )
      expect(() => compiled(nvrtc, 'sm_1', program(''))).toThrow(
        /cannot compile a program for sm_1.*newer CUDA/,
      )
    })
  },
)
