/**
 * Transcendental functions over a million doubles: a loop over Math's, and the WebAssembly kernels. Nanoseconds of processor
 * time an element. Run: npx tsx --conditions=@ntk/source decisions/measure/elementwise.ts
 */
import { atan2, exp, foldIn, key, log, sin, sqrt, type Tensor, tanh, uniform } from '@ntk/tensor'

const n = 1_000_000
const x = uniform(foldIn(key(0), 0), [n])
const y = uniform(foldIn(key(0), 1), [n])
const [a, b] = [x.dataSync(), y.dataSync()]

function nanoseconds(run: () => unknown): number {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 10; i++) {
    const start = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(start)
    least = Math.min(least, user + system)
  }
  return (least * 1000) / n
}

const ops: readonly [string, (p: number, q: number) => number, () => Tensor][] = [
  ['sqrt', Math.sqrt, () => sqrt(x)],
  ['exp', Math.exp, () => exp(x)],
  ['log', Math.log, () => log(x)],
  ['sin', Math.sin, () => sin(x)],
  ['tanh', Math.tanh, () => tanh(x)],
  ['atan2', Math.atan2, () => atan2(x, y)],
]

console.table(
  ops.map(([name, scalar, op]) => ({
    function: name,
    'loop over Math': nanoseconds(() => {
      const out = new Float64Array(n)
      for (let i = 0; i < n; i++) out[i] = scalar(a[i]!, b[i]!)
      return out
    }).toFixed(1),
    '@ntk/tensor': nanoseconds(() => op().dataSync()).toFixed(1),
  })),
)
