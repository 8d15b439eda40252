export {
  type DecodeNpyOptions,
  decodeNpy,
  decodeNpyHeader,
  encodeNpy,
  encodeNpyHeader,
  encodeNpyParts,
  type NpyLayout,
} from './npy.js'
