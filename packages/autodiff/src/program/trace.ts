import type { Aval, Value } from '@ntk/tensor'
import { requireParts } from '@ntk/tensor/options'
import { flatFunction } from '../derive/arguments.js'
import { isRecord, isValue, treeFlatten, treeUnflatten } from '../tree/tree.js'
import { evalFlat } from './evaluate.js'
import type { Program } from './program.js'
import { recordFlat } from './recorder.js'

function isAval(node: unknown): node is Aval {
  return isRecord(node) && typeof node.dtype === 'string' && Array.isArray(node.shape)
}

/** Shapes and dtypes as values without data. */
function abstract(node: unknown): unknown {
  if (isValue(node)) return node
  if (isAval(node)) return { shape: node.shape, dtype: node.dtype, interpreter: null } satisfies Value
  if (Array.isArray(node)) return node.map(abstract)
  return isRecord(node) ? Object.fromEntries(Object.entries(node).map(([k, v]) => [k, abstract(v)])) : node
}

/**
 * What f does to its arguments, as a program: equations in order, without those that no result needs. The examples are
 * trees of values, of which only shapes and dtypes matter, or of `{ shape, dtype }`. Everything else that f uses becomes
 * a constant of the program; what depends on no argument is computed at once.
 */
export function trace(f: (...args: never[]) => unknown, ...examples: readonly unknown[]): Program {
  const { call, inTree, leaves, outTree } = flatFunction(f, examples.map(abstract))
  const program = recordFlat(call, leaves)
  return { ...program, inTree, outTree: outTree() }
}

/** The result of a program on arguments. Intermediate tensors are freed after their last use. */
export function evalProgram<R = unknown>(program: Program, ...args: readonly unknown[]): R {
  requireParts(program, 'The program of evalProgram', ['equations', 'inputs', 'outputs', 'inTree'], 'trace')
  const { leaves } = treeFlatten(args, program.inTree)
  return treeUnflatten<R>(program.outTree, evalFlat(program, leaves))
}
