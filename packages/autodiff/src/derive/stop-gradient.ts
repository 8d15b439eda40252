import { bindCall } from '../core/bind-call.js'
import type { Call } from '../core/call.js'
import { treeFlatten, treeUnflatten } from '../tree/tree.js'

const identity: Call = {
  name: 'stopGradient',
  apply: (inputs) => [...inputs],
  jvp: (primals) => primals.map(() => null),
}

/** The tree itself, taken as a constant by every derivative. */
export function stopGradient<T>(tree: T): T {
  const { leaves, treedef } = treeFlatten(tree)
  return treeUnflatten<T>(
    treedef,
    leaves.map((x) => bindCall(identity, [x])[0]),
  )
}
