export { dualStackInto } from './scatter.js'
export { affineNtk, dualAbRelu, dualErf, dualStack, dualStackVariance } from './stack.js'
