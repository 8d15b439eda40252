export { claimMemory } from './core/ownership.js'
export type { SomeInputs } from './core/some.js'
export { checkpoint } from './derive/checkpoint.js'
export { customJvp } from './derive/custom-jvp.js'
export { type Argnums, type GradOf, type GradOptions, grad, valueAndGrad } from './derive/grad.js'
export { hessian, type JacobianOf, type JacobianOptions, jacfwd, jacrev } from './derive/jacobian.js'
export { jvp, type Tangents } from './derive/jvp.js'
export { linearize, vjp } from './derive/linearize.js'
export { stopGradient } from './derive/stop-gradient.js'
export { taylorExpand } from './derive/taylor.js'
export { type Axes, type VmapOptions, vmap } from './derive/vmap.js'
export { reassociate } from './program/associate.js'
export { countProgram, type PrimitiveCount, type ProgramCount } from './program/count.js'
export { runEquation } from './program/evaluate.js'
export type {
  Atom,
  CallEquation,
  Const,
  Equation,
  FlatProgram,
  PrimitiveEquation,
  Program,
  Var,
} from './program/program.js'
export { showProgram } from './program/show.js'
export { evalProgram, trace } from './program/trace.js'
export {
  type Flattened,
  isValue,
  leafPaths,
  type Tree,
  type TreeDef,
  treeFlatten,
  treeLeaves,
  treeMap,
  treeUnflatten,
} from './tree/tree.js'
