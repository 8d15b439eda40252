export { type DownloadOptions, type DownloadProgress, download } from './download.js'
export {
  type DownloadMnistOptions,
  downloadMnist,
  type Imported,
  importMnist,
  type LoadMnistOptions,
  loadMnist,
  type Split,
} from './mnist.js'
export { dataDir } from './paths.js'
