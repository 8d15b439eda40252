export { type TfjsOptions, tfjsBackend } from './backend.js'
export type { TfjsDevice } from './devices.js'
export { type Chosen, chooseBackend, type DeviceName, deviceNames, useBackend } from './use-backend.js'
