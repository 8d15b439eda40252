export { type DecodeNpyOptions, decodeNpy, encodeNpy } from './npy.js'
export { decodeNpz, type EncodeNpzOptions, encodeNpz } from './npz.js'
