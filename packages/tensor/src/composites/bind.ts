import type { BackendBuffer } from '../backend.js'
import { checkTensors, commonBackend } from '../bind.js'
import type { Donation } from '../donation.js'
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
  const traced = highestInterpreter(inputs) !== null
  if (traced) inferComposite(composite.name, inputs, params)
  const outputs: CompositeOutputs<N, Value> =
    (traced ? null : runFused(composite.name, inputs, params, donation)) ??
    composite.decompose(inputs, params)
  // Tensors give tensors, and a tracer passes for what it stands for.
  return outputs as CompositeOutputs<N, V>
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
  const backend = commonBackend(name, inputs)
  const buffers = backend.composites[name]?.(inputs, params, outputs, donation) ?? null
  if (buffers === null) return null
  const tensors = outputs.map((o, i) => new Tensor(backend, buffers[i] as BackendBuffer, o.shape, o.dtype))
  // A map keeps the length of a tuple, which its type cannot say.
  return tensors as readonly Tensor[] as CompositeOutputs<N, Tensor>
}

function needTensors<N extends CompositeName>(
  name: N,
  inputs: CompositeInputs<N, Value>,
): asserts inputs is CompositeInputs<N, Tensor> {
  checkTensors(name, inputs)
}
