export { type LoadedModel, type LoadModelOptions, loadModel } from './load.js'
export { saveModel } from './save.js'
