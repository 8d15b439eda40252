export { describeLoaded, loadNative } from './none.js'
