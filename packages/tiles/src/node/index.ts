export { type DirectoryOptions, directory } from './directory.js'
export { openDirectory } from './directory-result.js'
export { npyFiles } from './npy-files.js'
export { openNpyFiles } from './npy-result.js'
