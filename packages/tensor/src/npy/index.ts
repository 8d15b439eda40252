export { type DecodeNpyOptions, decodeNpy, encodeNpy } from './npy.js'
export { decodeNpz, encodeNpz, type EncodeNpzOptions } from './npz.js'
