export type { PickOfParts } from '../pick.js'
export {
  type DownloadCifar10Options,
  downloadCifar10,
  importCifar10,
  type LoadCifar10Options,
  loadCifar10,
} from './cifar10.js'
export { type DownloadOptions, type DownloadProgress, download } from './download.js'
export {
  type ImageBatchesOptions,
  type ImageFolder,
  type ImageFolderOptions,
  type LoadImageFolderOptions,
  loadImageFolder,
  openImageFolder,
  type ReadImagesOptions,
} from './image-folder.js'
export {
  type DownloadMnistOptions,
  downloadMnist,
  type Imported,
  importFashionMnist,
  importMnist,
  type LoadFashionMnistOptions,
  type LoadMnistOptions,
  loadFashionMnist,
  loadMnist,
  type Split,
} from './mnist.js'
export { dataDir } from './paths.js'
export { readTable } from './table.js'
