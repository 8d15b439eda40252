export {
  type DecodeNpyOptions,
  decodeNpy,
  decodeNpyHeader,
  encodeNpy,
  encodeNpyHeader,
  type NpyLayout,
} from './npy.js'
export { decodeNpz, type EncodeNpzOptions, encodeNpz } from './npz.js'
