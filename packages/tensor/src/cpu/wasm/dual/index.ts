export { productsInRange } from './range.js'
export { dualStackInto } from './scatter.js'
export { dualAbRelu, dualErf, dualStack, dualStackVariance } from './stack.js'
