export { type TfjsOptions, tfjsBackend } from './backend.js'
export type { TfjsDevice } from './devices.js'
