import type { BackendBuffer } from '../backend.js'
import { checkTensors } from '../bind.js'
import type { Donation } from '../donation.js'
import { Execution, giveAway } from '../execution.js'
import { scope } from '../scope.js'
import { Tensor } from '../tensor.js'
import { highestInterpreter, type Value } from '../value.js'
import type { Composite } from './composite.js'
import type { CompositeInputs, CompositeName, CompositeOutputs, CompositeParams } from './contracts.js'
import { inferComposite } from './rules.js'

/**
 * Runs a composite: fused where the backend has a kernel for it, else by its decomposition. Inputs that are given away are
 * used up either way; whether the backend wrote over one, the donation says afterwards. Tensors give tensors.
 *
 * Throws NtkError 'unsupported' where there is no such composite, 'option', 'value', 'shape' or 'dtype' where its contract is
 * not kept.
 */
export function bindComposite<N extends CompositeName, V extends Value = Value>(
  composite: Composite<N>,
  inputs: CompositeInputs<N, V>,
  params: CompositeParams<N>,
  donation: Donation | null = null,
): CompositeOutputs<N, V> {
  if (highestInterpreter(inputs) !== null) {
    inferComposite(composite.name, inputs, params)
    return composite.decompose(inputs, params) as CompositeOutputs<N, V>
  }
  const outputs: CompositeOutputs<N, Value> =
    runFused(composite.name, inputs, params, donation) ?? decomposed(composite, inputs, params, donation)
  // Tensors give tensors.
  return outputs as CompositeOutputs<N, V>
}

/** What the decomposition makes on the way is freed. */
function decomposed<N extends CompositeName>(
  composite: Composite<N>,
  inputs: CompositeInputs<N, Value>,
  params: CompositeParams<N>,
  donation: Donation | null,
): CompositeOutputs<N, Value> {
  const outputs = scope(() => composite.decompose(inputs, params))
  if (donation === null) return outputs
  const apart = outputs.map((y) => (inputs.includes(y) && Tensor.isInstance(y) ? Tensor.sharing(y) : y))
  giveAway(inputs, donation)
  // A map keeps the length of a tuple, which its type cannot say.
  return apart as readonly Value[] as CompositeOutputs<N, Value>
}

/**
 * Runs a composite where the backend has a kernel that takes these inputs; null where not, and then nothing is used up. Errors
 * as of `bindComposite`.
 */
export function runFused<N extends CompositeName>(
  name: N,
  inputs: CompositeInputs<N, Value>,
  params: CompositeParams<N>,
  donation: Donation | null = null,
): CompositeOutputs<N, Tensor> | null {
  const outputs = inferComposite(name, inputs, params)
  needTensors(name, inputs)
  const run = new Execution(name, inputs, donation)
  try {
    const buffers = run.backend.composites[name]?.(localTo(run, inputs), params, outputs, donation) ?? null
    const tensors = buffers && outputs.map((o, i) => run.made(o, buffers[i] as BackendBuffer))
    run.end(tensors !== null)
    // A map keeps the length of a tuple, which its type cannot say.
    return tensors as readonly Tensor[] | null as CompositeOutputs<N, Tensor> | null
  } catch (error) {
    run.fail()
    throw error
  }
}

function localTo<N extends CompositeName>(
  run: Execution,
  inputs: CompositeInputs<N, Tensor>,
): CompositeInputs<N, Tensor> {
  if (run.here) return inputs
  return inputs.map((x) => run.local(x)) as readonly Tensor[] as CompositeInputs<N, Tensor>
}

function needTensors<N extends CompositeName>(
  name: N,
  inputs: CompositeInputs<N, Value>,
): asserts inputs is CompositeInputs<N, Tensor> {
  checkTensors(name, inputs)
}
