/** Memory has an owner: what a program makes on the way is gone after it. */
import { mapInputs } from '../arity.js'
import type { Backend, BackendTensor } from '../backend.js'
import { Donation } from '../donation.js'
import { allocate, type DType, type TypedArray } from '../dtype.js'
import { infer } from '../infer/index.js'
import { greater, maximum, mul, sub, where } from '../ops/binary.js'
import { dotGeneral, matmul } from '../ops/contract.js'
import type { Inputs } from '../primitives.js'
import type { HostTensor } from '../reference/host.js'
import { scope } from '../scope.js'
import { type Tensor, tensorFromData } from '../tensor.js'
import type { Fill } from './case.js'
import { fillOperand, generator } from './values.js'

const STEPS = 1000

interface Weights {
  readonly first: Tensor
  readonly second: Tensor
}

/** A step of gradient descent on ½ Σ (max(x w1, 0) w2 − y)², by hand. */
function step(x: Tensor, y: Tensor, { first, second }: Weights): Weights {
  const across = (a: Tensor, b: Tensor): Tensor => dotGeneral(a, b, { lhsContract: [0], rhsContract: [0] })
  const hidden = maximum(matmul(x, first), 0)
  const residual = sub(matmul(hidden, second), y)
  const back = dotGeneral(residual, second, { lhsContract: [1], rhsContract: [1] })
  const open = where(greater(hidden, 0), back, mul(back, 0))
  return {
    first: sub(first, mul(across(x, open), 0.01)),
    second: sub(second, mul(across(hidden, residual), 0.01)),
  }
}

function floatOf(backend: Backend): DType {
  return backend.dtypes.includes('float64') ? 'float64' : 'float32'
}

function random(backend: Backend, seed: number, shape: readonly number[]): Tensor {
  const next = generator(seed)
  const data = allocate(
    floatOf(backend),
    shape.reduce((n, d) => n * d, 1),
  )
  for (let i = 0; i < data.length; i++) data[i] = next() - 0.5
  return tensorFromData(data, shape, backend)
}

/** A thousand training steps, each in a scope that takes over the weights of the one before: nothing piles up. */
export async function boundedMemory(backend: Backend): Promise<void> {
  const needed = ['dotGeneral', 'max', 'sub', 'mul', 'gt', 'select'] as const
  if (backend.memory() === null || !needed.every((p) => backend.supports(p, floatOf(backend)))) return
  const x = random(backend, 1, [16, 5])
  const y = random(backend, 2, [16, 1])
  let weights: Weights = { first: random(backend, 3, [5, 8]), second: random(backend, 4, [8, 1]) }
  const before = backend.memory()
  for (let i = 0; i < STEPS; i++) {
    const old = weights
    weights = scope(() => step(x, y, old), { takes: old })
  }
  const after = backend.memory()
  const numbers = await weights.second.data()
  for (const t of [x, y, weights.first, weights.second]) t.dispose()
  if (!numbers.every((v) => Number.isFinite(v))) throw new Error('the training diverged')
  if (after?.buffers !== before?.buffers || after?.bytes !== before?.bytes) {
    throw new Error(
      `after ${STEPS} steps the device holds ${after?.buffers} buffers of ${after?.bytes} bytes, before them ${before?.buffers} of ${before?.bytes}`,
    )
  }
}

/** An input that is given away may be written over, one that is not may not; the result is the same. */
export async function givenAway(backend: Backend): Promise<void> {
  const dtype = floatOf(backend)
  const operand = (fill: Fill, seed: number): HostTensor => {
    const shape = [5, 5]
    return { data: fillOperand({ shape, fill }, dtype, generator(seed)), shape, dtype }
  }
  await overFirst(backend, 'add', [operand('normal', 1), operand('normal', 2)])
  await overFirst(backend, 'mul', [operand('normal', 3), operand('normal', 4)])
  await overFirst(backend, 'cholesky', [operand('definite', 5)])
}

/** One call with its first input given away and one without. */
async function overFirst<P extends 'add' | 'mul' | 'cholesky'>(
  backend: Backend,
  primitive: P,
  host: Inputs<P, HostTensor>,
): Promise<void> {
  const outputs = infer(primitive, host, {})
  const [{ shape, dtype }] = outputs
  if (!backend.supports(primitive, dtype)) return
  const results: TypedArray[] = []
  for (const donation of [null, new Donation([0])]) {
    const inputs = mapInputs(host, (x): BackendTensor => {
      return { buffer: backend.upload(x.data.slice(), x.shape, x.dtype), shape: x.shape, dtype: x.dtype }
    })
    const [buffer] = backend.run(primitive, inputs, {}, outputs, donation)
    results.push((await backend.read({ buffer, shape, dtype })).slice())
    for (const [place, x] of inputs.entries()) {
      if (donation?.taken(place) === true) continue
      const kept = await backend.read(x)
      if (kept.some((v, i) => !Object.is(v, host[place]?.data[i])))
        throw new Error(`${primitive} wrote to an input that it did not take`)
      backend.free(x.buffer)
    }
    backend.free(buffer)
  }
  const [plain, over] = results
  if (over?.some((v, i) => !Object.is(v, plain?.[i])) !== false)
    throw new Error(
      `${primitive} over an input that was given away is ${over?.join(', ')}, not ${plain?.join(', ')}`,
    )
}
