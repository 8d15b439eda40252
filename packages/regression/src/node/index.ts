export { aboutModel, type LoadedModel, type LoadModelOptions, loadModel } from './load.js'
export { type SaveModelOptions, saveModel } from './save.js'
