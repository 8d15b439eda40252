export { type Argnums, grad, type GradOf, type GradOptions, valueAndGrad } from './derive/grad.js'
export { jvp, type Tangents } from './derive/jvp.js'
export { linearize, vjp } from './derive/linearize.js'
export { type Axes, vmap, type VmapOptions } from './derive/vmap.js'
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
