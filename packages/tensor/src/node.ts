import './host.js'

export { fileError, isFileError } from './file-error.js'
export { type ReadNpyOptions, readNpy, readNpz, writeNpy, writeNpz } from './npy/files.js'
export { readSafetensors, writeSafetensors } from './safetensors/files.js'
