import { type Tensor, tensor } from '@ntk/tensor'
import { requireList, requireParts } from '@ntk/tensor/options'
import { hyperparametersOf } from './steps/chain.js'
import type { HyperparameterTree, StepHyperparameters } from './steps/hyperparameters.js'
import { stepsOf } from './steps/net.js'
import type { KernelNet } from './steps/step.js'

/**
 * The numbers that a network's kernel depends on: a list with one record a step, `{ wStd, bStd }` of a dense layer, the options
 * of an activation, `{ branches }` of a `parallel`, `{}` where a step has none. `kernelOf` takes such a tree with other numbers, or
 * values, in it.
 */
export function hyperparameters(net: KernelNet): HyperparameterTree {
  return hyperparametersOf(stepsOf(net))
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
