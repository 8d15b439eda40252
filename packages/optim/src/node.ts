export { fileCheckpoint } from './file-checkpoint.js'
