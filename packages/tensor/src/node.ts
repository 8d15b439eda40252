export { readNpy, readNpz, writeNpy, writeNpz } from './npy/files.js'
