import { highestInterpreter, type Value } from '@ntk/tensor'
import type { Call } from './call.js'
import { checkTransformation, Transformation } from './tracer.js'

/** Runs a call: by the highest tracer's transformation, or at once. */
export function bindCall(call: Call, inputs: readonly Value[]): Value[] {
  const interpreter = highestInterpreter(inputs)
  if (interpreter instanceof Transformation) return interpreter.bindCall(call, inputs)
  checkTransformation(interpreter)
  return call.apply(inputs)
}
