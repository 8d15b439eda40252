export { type BuildTensorflowOptions, buildTensorflow, type TensorflowBuild } from './build-tensorflow.js'
