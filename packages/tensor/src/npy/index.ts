export {
  type DecodeNpyOptions,
  decodeNpy,
  decodeNpyHeader,
  encodeNpy,
  encodeNpyHeader,
  type NpyLayout,
} from './npy.js'
