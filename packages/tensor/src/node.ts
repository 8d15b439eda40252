export { fileError } from './file-error.js'
export { readNpy, readNpz, writeNpy, writeNpz } from './npy/files.js'
