export { download, type DownloadOptions, type DownloadProgress } from './download.js'
export {
  downloadMnist,
  type DownloadMnistOptions,
  type Imported,
  importMnist,
  loadMnist,
  type LoadMnistOptions,
  type Split,
} from './mnist.js'
export { dataDir } from './paths.js'
