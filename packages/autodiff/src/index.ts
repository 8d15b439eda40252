export { checkpoint } from './derive/checkpoint.js'
export { customJvp } from './derive/custom-jvp.js'
export { type Argnums, grad, type GradOf, type GradOptions, valueAndGrad } from './derive/grad.js'
export { hessian, jacfwd, type JacobianOf, type JacobianOptions, jacrev } from './derive/jacobian.js'
export { jvp, type Tangents } from './derive/jvp.js'
export { linearize, vjp } from './derive/linearize.js'
export { stopGradient } from './derive/stop-gradient.js'
export { taylorExpand } from './derive/taylor.js'
export { type Axes, vmap, type VmapOptions } from './derive/vmap.js'
export { countProgram, type PrimitiveCount, type ProgramCount } from './program/count.js'
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
  type Tree,
  type TreeDef,
  treeFlatten,
  treeLeaves,
  treeMap,
  treeUnflatten,
} from './tree/tree.js'
