import { execFileSync } from 'node:child_process'
import type { Row } from '../row.js'

/** A fresh process that imports the packages and computes a first small kernel; prints the milliseconds both took. */
const script = `
const start = performance.now()
const { kernelFn } = await import('@ntk/kernels-analytic')
const { Dense, Relu, serial } = await import('@ntk/stax')
const { key, normal } = await import('@ntk/tensor')
const imported = performance.now()
const net = serial(Dense(512, { wStd: 1.5, bStd: 0.1 }), Relu(), Dense(1))
await kernelFn(net)(normal(key(0), [16, 32]), null, { get: ['nngp', 'ntk'] })
console.log(JSON.stringify({ imported: imported - start, kernel: performance.now() - imported }))
`

function fresh(): { imported: number; kernel: number } {
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
  })
  return JSON.parse(out.toString()) as { imported: number; kernel: number }
}

export const startRows: readonly Row[] = [
  {
    name: 'import in a new process',
    dtype: 'float64',
    peerMs: 1000,
    prepare: () => () => ({ ms: fresh().imported }),
  },
  {
    name: 'first kernel after import, n = 16',
    dtype: 'float64',
    goalMs: 300,
    prepare: () => () => ({ ms: fresh().kernel }),
  },
]
