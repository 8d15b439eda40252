import type { HyperparameterTree, Num, StepHyperparameters } from '@ntk/kernels-analytic'

/** A number of a tree of hyperparameters: its name, and where it stands. */
export interface Leaf {
  readonly name: string
  /** Positions of steps and branches from the root on: 'serial[2].branches[0][1].wStd' without its names. */
  readonly path: string
  readonly value: number
}

/** The numbers of a tree, in the order in which it is walked. */
export function leavesOf(tree: HyperparameterTree, path = ''): Leaf[] {
  return tree.flatMap((step, i) =>
    Object.entries(step).flatMap(([name, value]): Leaf[] =>
      typeof value === 'number'
        ? [{ name, path: `${path}${i}.${name}`, value }]
        : value.flatMap((branch, b) => leavesOf(branch, `${path}${i}.${b}.`)),
    ),
  )
}

/** The tree with other numbers, or values, at some paths. */
export function replaced<N extends Num>(
  tree: HyperparameterTree,
  values: ReadonlyMap<string, N>,
  path = '',
): HyperparameterTree<number | N> {
  return tree.map((step, i) =>
    Object.fromEntries(
      Object.entries(step).map(([name, value]): [string, StepHyperparameters<number | N>[string]] => [
        name,
        typeof value === 'number'
          ? (values.get(`${path}${i}.${name}`) ?? value)
          : value.map((branch, b) => replaced(branch, values, `${path}${i}.${b}.`)),
      ]),
    ),
  )
}

/** Whether a number is a standard deviation that can be moved by factors. One that is 0 stays 0. */
export const isStd = ({ name, value }: Leaf): boolean => name.endsWith('Std') && value > 0
