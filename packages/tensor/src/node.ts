import './host.js'

export { type Ffi, type ForeignFunction, type ForeignLibrary, firstLine, loadFfi } from './cpu/native/ffi.js'
export { fileError, isFileError } from './file-error.js'
export { type ReadNpyOptions, readNpy, readNpz, writeNpy, writeNpz } from './npy/files.js'
export { readSafetensors, writeSafetensors } from './safetensors/files.js'
