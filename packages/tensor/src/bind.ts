import type { Backend } from './backend.js'
import { defaultBackend } from './default-backend.js'
import { NtkError } from './errors.js'
import { infer } from './infer/index.js'
import type { Params, Primitive } from './primitives.js'
import { Tensor } from './tensor.js'
import { highestInterpreter, type Value } from './value.js'

export function asTensors(name: string, inputs: readonly Value[]): readonly Tensor[] {
  for (const input of inputs) {
    if (!Tensor.isInstance(input)) {
      throw new NtkError('value', { what: `${name} needs tensors.`, got: typeof input })
    }
  }
  return inputs as readonly Tensor[]
}

export function commonBackend(name: string, inputs: readonly Tensor[]): Backend {
  const first = inputs[0]
  if (first === undefined) return defaultBackend()
  for (const input of inputs) {
    if (input.backend !== first.backend) {
      throw new NtkError('backend', {
        what: `${name} needs tensors on one backend.`,
        got: `${first.backend.name} and ${input.backend.name}`,
        fix: 'Move one with `await toBackend(x, backend)`.',
      })
    }
  }
  return first.backend
}

/** Runs a primitive: by the highest tracer's interpreter, or at once on the tensors' backend. */
export function bind<P extends Primitive>(
  primitive: P,
  inputs: readonly Value[],
  params: Params<P>,
): Value[] {
  const interpreter = highestInterpreter(inputs)
  if (interpreter !== null) return interpreter.bind(primitive, inputs, params)
  return evaluate(primitive, inputs, params)
}

/** As `bind`, for primitives of one output. */
export function bind1<P extends Primitive>(primitive: P, inputs: readonly Value[], params: Params<P>): Value {
  return bind(primitive, inputs, params)[0] as Value
}

function evaluate<P extends Primitive>(primitive: P, inputs: readonly Value[], params: Params<P>): Tensor[] {
  const tensors = asTensors(primitive, inputs)
  const outputs = infer(primitive, tensors, params)
  const backend = commonBackend(primitive, tensors)
  const buffers = backend.run(primitive, tensors, params, outputs)
  return outputs.map((o, i) => new Tensor(backend, buffers[i] as object, o.shape, o.dtype))
}
