import { NtkError, type Tensor, tensor } from '@ntk/tensor'
import { requireList, requireParts } from '@ntk/tensor/options'
import { checkTree, hyperparametersOf } from './steps/chain.js'
import type { HyperparameterTree, StepHyperparameters } from './steps/hyperparameters.js'
import { stepsOf } from './steps/net.js'
import type { KernelNet, KernelStep } from './steps/step.js'

/**
 * The numbers that a network's kernel depends on: a list with one record a step, `{ wStd, bStd }` of a dense layer, the options
 * of an activation, `{ branches }` of a `parallel`, `{}` where a step has none. `kernelOf` takes such a tree with other numbers, or
 * values, in it.
 */
export function hyperparameters(net: KernelNet): HyperparameterTree {
  return hyperparametersOf(stepsOf(net))
}

/**
 * A network with other numbers: its kernel's steps with those of a tree as `hyperparameters(net)` lays it out. It has a kernel and no `init` or
 * `apply`. Throws NtkError 'tree' on a tree that does not fit, and on what is no finite number.
 */
export function withHyperparameters(net: KernelNet, tree: HyperparameterTree): KernelNet {
  return { kernel: withNumbers(stepsOf(net), tree) }
}

function withNumbers(steps: readonly KernelStep[], tree: HyperparameterTree): readonly KernelStep[] {
  checkTree(steps, tree)
  const own = hyperparametersOf(steps)
  return steps.map((step, i) => {
    const given = tree[i]
    requireParts(
      given,
      'Each step of a tree of hyperparameters',
      Object.keys(own[i] as object),
      'hyperparameters(net)',
    )
    return stepWith(step, given as StepHyperparameters)
  })
}

function stepWith(step: KernelStep, given: StepHyperparameters): KernelStep {
  const number = (name: string): number => {
    const value = given[name]
    if (typeof value === 'number' && Number.isFinite(value)) return value
    throw new NtkError('tree', {
      what: `withHyperparameters needs a finite number as ${name}.`,
      got: String(value),
    })
  }
  const bStd = (own: number | null): number | null => (own === null ? null : number('bStd'))
  switch (step.kind) {
    case 'affine':
    case 'conv':
      return { ...step, wStd: number('wStd'), bStd: bStd(step.bStd) }
    case 'dropout':
      return { ...step, keep: number('keep') }
    case 'activation': {
      const options = Object.keys(given).map((name) => [name, number(name)] as const)
      return { ...step, options: { ...step.options, ...Object.fromEntries(options) } }
    }
    case 'attention':
      return {
        ...step,
        wKeyStd: number('wKeyStd'),
        wValueStd: number('wValueStd'),
        wQueryStd: number('wQueryStd'),
        wOutStd: number('wOutStd'),
        bStd: bStd(step.bStd),
        embedding: step.embedding && { ...step.embedding, std: number('wPosEmbStd') },
      }
    case 'parallel': {
      const branches = branchesOf<HyperparameterTree>(given.branches as readonly HyperparameterTree[])
      return { ...step, branches: step.branches.map((branch, i) => withNumbers(branch, branches[i] ?? [])) }
    }
    default:
      return step
  }
}

/** A tree of numbers as one of scalar tensors in float64, which `grad` of @ntk/autodiff takes derivatives in. */
export function hyperparameterTensors(tree: HyperparameterTree): HyperparameterTree<Tensor> {
  requireList(tree, 'The tree of hyperparameterTensors')
  return tree.map(ofStep)
}

function branchesOf<T>(value: readonly T[]): readonly T[] {
  requireList(value, 'The branches of a tree of hyperparameters')
  return value
}

function ofStep(step: StepHyperparameters): StepHyperparameters<Tensor> {
  requireParts(step, 'Each step of a tree of hyperparameters', [], 'hyperparameters(net)')
  return Object.fromEntries(
    Object.entries(step).map(([name, value]) => [
      name,
      typeof value === 'number'
        ? tensor(value)
        : branchesOf(value).map((branch) => hyperparameterTensors(branch)),
    ]),
  )
}
