import { type Arity, mapInputs, type Tuples, zipOutputs } from './arity.js'
import type { Donation } from './donation.js'
import { NtkError } from './errors.js'
import { Execution } from './execution.js'
import { infer } from './infer/index.js'
import { publicName } from './infer/names.js'
import { hintOfTensor } from './options/hint.js'
import { show } from './options/show.js'
import type { Inputs, Outputs, Params, Primitive, SingleOutput } from './primitives.js'
import { Tensor } from './tensor.js'
import { highestInterpreter, type Value } from './value.js'

/** Throws 'value' where an input is no tensor. */
export function checkTensors(name: string, inputs: readonly Value[]): void {
  for (const input of inputs) {
    if (!Tensor.isInstance(input)) {
      throw new NtkError('value', {
        what: `${publicName(name)} needs tensors.`,
        got: show(input),
        fix: hintOfTensor(input),
      })
    }
  }
}

function needTensors<N extends Arity>(
  name: string,
  inputs: Tuples<Value>[N],
): asserts inputs is Tuples<Tensor>[N] {
  checkTensors(name, inputs)
}

/**
 * Runs a primitive: by the highest tracer's interpreter, or at once on the tensors' backend. The outputs are typed as the
 * inputs are: tensors give tensors, and tracers pass for what they stand for. Inputs that are given away are used up, unless
 * the primitive is traced.
 */
export function bind<P extends Primitive, V extends Value = Value>(
  primitive: P,
  inputs: Inputs<P, V>,
  params: Params<P>,
  donation: Donation | null = null,
): Outputs<P, V> {
  const interpreter = highestInterpreter(inputs)
  const outputs: Outputs<P, Value> =
    interpreter === null
      ? evaluate(primitive, inputs, params, donation)
      : interpreter.bind(primitive, inputs, params)
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
  donation: Donation | null,
): Outputs<P, Tensor> {
  needTensors(primitive, inputs)
  const outputs = infer(primitive, inputs, params)
  const run = new Execution(primitive, inputs, donation)
  const local = run.here ? inputs : mapInputs(inputs, (x) => run.local(x))
  try {
    const buffers = run.backend.run(primitive, local, params, outputs, donation)
    const results = zipOutputs(outputs, buffers, (aval, buffer) => run.made(aval, buffer))
    run.end(true)
    return results
  } catch (error) {
    run.fail()
    throw error
  }
}
