import type { Tensor } from '@ntk/tensor'
import { type Job, type JobValue, jobArray, jobValue } from '@ntk/tiles'
import type { KernelNet } from '../steps/step.js'
import { isBranches, type Tree } from '../tree.js'
import type { PatternsOfData } from './patterns.js'

/**
 * What a kernel's numbers depend on, for sinks that must know it again: the network, by its spec or else by its steps, and the
 * inputs. Throws NtkError 'option' on a step that is a function.
 */
export async function jobOf(
  net: KernelNet,
  x1: Tree<Tensor>,
  x2: Tree<Tensor> | null,
  maskConstant?: number | undefined,
  { pattern1 = null, pattern2 = null }: PatternsOfData = {},
): Promise<Job> {
  const spec: unknown = 'spec' in net ? net.spec : undefined
  return {
    kernel: 'infinite width',
    network:
      spec === undefined
        ? jobValue(net.kernel, 'a step of the network')
        : jobValue(spec, "the network's spec"),
    x1: await arraysOf(x1),
    x2: x2 === null ? null : await arraysOf(x2),
    pattern1: pattern1 === null ? undefined : await jobArray(pattern1),
    pattern2: pattern2 === null ? undefined : await jobArray(pattern2),
    maskConstant: maskConstant === undefined ? undefined : jobValue(maskConstant, 'maskConstant'),
  }
}

async function arraysOf(x: Tree<Tensor>): Promise<JobValue> {
  return isBranches(x) ? Promise.all(x.map(arraysOf)) : jobArray(x as Tensor)
}
