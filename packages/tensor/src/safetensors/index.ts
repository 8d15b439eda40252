export { decodeSafetensors, type Safetensors } from './decode.js'
export { type EncodeSafetensorsOptions, encodeSafetensors } from './encode.js'
