import type { Arity, Tuples } from './arity.js'
import { zipOutputs } from './arity.js'
import type { Backend } from './backend.js'
import { defaultBackend } from './default-backend.js'
import { NtkError } from './errors.js'
import { infer } from './infer/index.js'
import type { Inputs, Outputs, Params, Primitive, SingleOutput } from './primitives.js'
import { Tensor } from './tensor.js'
import { highestInterpreter, type Value } from './value.js'

/** Throws 'value' where an input is no tensor. */
export function checkTensors(name: string, inputs: readonly Value[]): void {
  for (const input of inputs) {
    if (!Tensor.isInstance(input)) {
      throw new NtkError('value', { what: `${name} needs tensors.`, got: typeof input })
    }
  }
}

function needTensors<N extends Arity>(
  name: string,
  inputs: Tuples<Value>[N],
): asserts inputs is Tuples<Tensor>[N] {
  checkTensors(name, inputs)
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

/**
 * Runs a primitive: by the highest tracer's interpreter, or at once on the tensors' backend. The outputs are typed as the
 * inputs are: tensors give tensors, and tracers pass for what they stand for.
 */
export function bind<P extends Primitive, V extends Value = Value>(
  primitive: P,
  inputs: Inputs<P, V>,
  params: Params<P>,
): Outputs<P, V> {
  const interpreter = highestInterpreter(inputs)
  const outputs: Outputs<P, Value> =
    interpreter === null ? evaluate(primitive, inputs, params) : interpreter.bind(primitive, inputs, params)
  return outputs as Outputs<P, V>
}

/** As `bind`, for primitives of one output. */
export function bind1<P extends SingleOutput, V extends Value = Value>(
  primitive: P,
  inputs: Inputs<P, V>,
  params: Params<P>,
): V {
  return bind(primitive, inputs, params)[0]
}

function evaluate<P extends Primitive>(
  primitive: P,
  inputs: Inputs<P, Value>,
  params: Params<P>,
): Outputs<P, Tensor> {
  needTensors(primitive, inputs)
  const outputs = infer(primitive, inputs, params)
  const backend = commonBackend(primitive, inputs)
  const buffers = backend.run(primitive, inputs, params, outputs)
  return zipOutputs(outputs, buffers, ({ shape, dtype }, buffer) => new Tensor(backend, buffer, shape, dtype))
}
