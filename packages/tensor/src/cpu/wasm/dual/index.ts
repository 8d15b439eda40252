export { dualSeriesList } from './list.js'
export { productsInRange } from './range.js'
export { dualStackInto, type FillTile } from './scatter.js'
export { dualAbRelu, dualErf, dualStack, dualStackVariance } from './stack.js'
