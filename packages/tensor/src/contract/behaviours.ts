/** What belongs to no primitive: buffers come back as they went, and what a backend lacks it says. */
import { mapInputs } from '../arity.js'
import type { Backend } from '../backend.js'
import { allocate, dtypes } from '../dtype.js'
import { NtkError } from '../errors.js'
import { infer, primitives } from '../infer/index.js'
import type { InputArity, Params, Primitive } from '../primitives.js'
import { sizeOf } from '../shape.js'
import type { Family } from './case.js'
import type { ContractCase } from './contract-case.js'
import { boundedMemory, givenAway } from './memory.js'
import { contractTable } from './table.js'
import { fillOperand, generator } from './values.js'

async function refusal(f: () => unknown): Promise<unknown> {
  try {
    await f()
  } catch (error) {
    return error
  }
  return null
}

function needRefusal(what: string, error: unknown): void {
  if (!NtkError.isInstance(error) || error.code !== 'unsupported') {
    throw new Error(
      `${what} should throw NtkError 'unsupported', and ${error === null ? 'went through' : `threw ${String(error)}`}`,
    )
  }
}

const behaviour = (name: string, run: (backend: Backend) => Promise<void>): ContractCase => ({
  name,
  primitive: null,
  dtype: null,
  run,
})

async function roundTrip(backend: Backend): Promise<void> {
  for (const dtype of backend.dtypes) {
    for (const shape of [[], [0], [5], [2, 3, 4], [1, 1, 1, 1, 1, 2]]) {
      const data = fillOperand({ shape, fill: dtype === 'int32' ? 'normal' : 'special' }, dtype, generator(7))
      const buffer = backend.upload(data.slice(), shape, dtype)
      const got = await backend.read({ buffer, shape, dtype })
      if (
        got.constructor !== data.constructor ||
        got.length !== data.length ||
        got.some((v, i) => !Object.is(v, data[i]))
      ) {
        throw new Error(
          `${dtype} of shape [${shape.join(', ')}] came back as ${got.constructor.name} ${got.join(', ')}`,
        )
      }
      const sync = backend.readSync({ buffer, shape, dtype })
      if (sync !== null && (sync.length !== data.length || sync.some((v, i) => !Object.is(v, data[i])))) {
        throw new Error(`readSync of ${dtype} gave ${sync.join(', ')}`)
      }
      backend.free(buffer)
    }
  }
}

async function refusesDTypes(backend: Backend): Promise<void> {
  for (const dtype of dtypes) {
    if (backend.dtypes.includes(dtype)) continue
    needRefusal(`upload of ${dtype}`, await refusal(() => backend.upload(allocate(dtype, 1), [1], dtype)))
    for (const p of primitives)
      if (backend.supports(p, dtype)) throw new Error(`it claims ${p} of ${dtype}, which it cannot hold`)
  }
}

async function refusesPrimitives(backend: Backend): Promise<void> {
  for (const p of primitives) await refusesPrimitive(backend, p)
}

async function refusesPrimitive<P extends Primitive>(backend: Backend, p: P): Promise<void> {
  const family: Family<InputArity<P>, Params<P>> = contractTable[p]
  for (const dtype of family.dtypes) {
    if (!backend.dtypes.includes(dtype) || backend.supports(p, dtype)) continue
    const c = family.cases.find((one) => (one.dtypes ?? family.dtypes).includes(dtype))
    if (c === undefined) continue
    const tensors = mapInputs(c.inputs, (operand) => {
      const own = operand.dtype ?? dtype
      const data = fillOperand(operand, own, generator(1))
      return { buffer: backend.upload(data, operand.shape, own), shape: operand.shape, dtype: own }
    })
    const outputs = infer(p, tensors, c.params)
    needRefusal(`${p} of ${dtype}`, await refusal(() => backend.run(p, tensors, c.params, outputs)))
  }
}

async function freesShared(backend: Backend): Promise<void> {
  const shape = [2, 3]
  const dtype = backend.dtypes.includes('float64') ? 'float64' : 'float32'
  const data = allocate(dtype, sizeOf(shape)).fill(3)
  const buffer = backend.upload(data, shape, dtype)
  const [reshaped] = backend.run('reshape', [{ buffer, shape, dtype }], { shape: [6] }, [
    { shape: [6], dtype },
  ])
  // a buffer that is shared as one object is freed once, by its last holder
  if (reshaped !== buffer) backend.free(buffer)
  const got = await backend.read({ buffer: reshaped, shape: [6], dtype })
  if (got.length !== 6 || got.some((v) => v !== 3))
    throw new Error(`a reshaped tensor died with its source: ${got.join(', ')}`)
  backend.free(reshaped)
}

export const behaviours: readonly ContractCase[] = [
  behaviour('What is uploaded is read back bit by bit, in the array type of its dtype', roundTrip),
  behaviour("A dtype that the backend does not hold is refused with 'unsupported'", refusesDTypes),
  behaviour("A primitive that the backend does not claim is refused with 'unsupported'", refusesPrimitives),
  behaviour('A reshaped tensor outlives the tensor it was made from', freesShared),
  behaviour('A buffer is written over only where it was given away and taken', givenAway),
  behaviour('After a thousand training steps in scopes the device holds what it held', boundedMemory),
]
