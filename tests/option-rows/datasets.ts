import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  centredLabels,
  cifar10FromArchive,
  cifar10FromBinary,
  datasetBatches,
  gaussianPoints,
  generateTable,
  glyphs,
  interpolate,
  mnistFromIdx,
  oneHot,
  padCropFlip,
  randomCrop,
  signLabels,
  spherePoints,
  splitDataset,
  splitTable,
  subset,
  tableEncoding,
  tableFromCsv,
  twoClasses,
  whitening,
} from '@ntk/datasets'
import {
  download,
  downloadCifar10,
  downloadMnist,
  loadCifar10,
  loadFashionMnist,
  loadImageFolder,
  loadMnist,
  openImageFolder,
} from '@ntk/datasets/node'
import { key, normal, tensor } from '@ntk/tensor'
import { folder } from './folder.js'
import type { Row } from './row.js'

const images = glyphs({ n: 20, size: 8 })
const labels = tensor([0, 1], { dtype: 'int32' })
const signal = new AbortController().signal
const quiet = (): void => undefined
const pick = (): number[] => [0]
const idx = (kind: number, shape: readonly number[]): Uint8Array => {
  const header = [0, 0, 8, kind, ...shape.flatMap((d) => [0, 0, 0, d])]
  return Uint8Array.from([...header, ...new Array<number>(shape.reduce((a, b) => a * b)).fill(1)])
}
const mnist = { images: idx(3, [2, 2, 2]), labels: idx(1, [2]) }

const table = tableFromCsv('a,b,y\n1,x,0\n2,z,1\n')
const cifar = new Uint8Array(3073)

const imageFolder = join(folder, 'pictures')
mkdirSync(join(imageFolder, 'a'), { recursive: true })
writeFileSync(
  join(imageFolder, 'a', '0.png'),
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR4XmNgiGLY8h8AA9UCDrXNvMMAAAAASUVORK5CYII=',
    'base64',
  ),
)

const label = { dtype: 'float32' }
const unreachable = 'http://127.0.0.1:1/'

export const datasetsRows: readonly Row[] = [
  {
    name: 'splitDataset',
    type: 'SplitOptions',
    call: (o) => splitDataset(images, o),
    good: { train: 5, test: 5, key: key(0), stratified: true },
    required: ['train'],
  },
  {
    name: 'subset',
    type: 'SubsetOptions',
    call: (o) => subset(images, o),
    good: { classes: [0, 1], perClass: 1, count: 2, key: key(0) },
  },
  {
    name: 'glyphs',
    type: 'GlyphsOptions',
    call: (o) => glyphs(o),
    good: { key: key(0), n: 1, size: 8 },
    required: ['n'],
  },
  { name: 'oneHot', type: 'LabelOptions', call: (o) => oneHot(labels, 2, o), good: label },
  { name: 'centredLabels', type: 'LabelOptions', call: (o) => centredLabels(labels, 2, o), good: label },
  { name: 'signLabels', type: 'LabelOptions', call: (o) => signLabels(labels, o), good: label },
  {
    name: 'mnistFromIdx',
    type: 'MnistFromIdxOptions',
    call: (o) => mnistFromIdx(mnist, o),
    good: { name: 'small', imagesName: 'a', labelsName: 'b', classes: ['0', '1'], limit: 1, pick },
  },
  {
    name: 'twoClasses',
    type: null,
    call: (o) => twoClasses(images, [0, 1], o),
    good: { perClass: 1, count: 2, key: key(0) },
  },
  {
    name: 'padCropFlip',
    type: 'PadCropFlipOptions',
    call: (o) => padCropFlip(images.images, o),
    good: { key: key(0), padding: 2, flip: true },
    required: ['key'],
  },
  {
    name: 'randomCrop',
    type: 'RandomCropOptions',
    call: (o) => randomCrop(images.images, o),
    good: { key: key(0), size: 3 },
    required: ['key', 'size'],
  },
  {
    name: 'whitening',
    type: 'WhiteningOptions',
    call: (o) => whitening(normal(key(0), [9, 3]), o),
    good: { diagReg: 0.1 },
  },
  {
    name: 'tableFromCsv',
    type: 'TableOptions',
    call: (o) => tableFromCsv('a,b\n1,x\n2,y\n', o),
    good: {
      name: 'small',
      header: true,
      separator: ',',
      decimal: '.',
      missing: ['?'],
      types: { b: 'category' },
      limit: 1,
    },
  },
  {
    name: 'tableEncoding',
    type: 'TableEncodingOptions',
    call: (o) => tableEncoding(table, o),
    good: { target: 'y', task: 'classes', drop: ['b'], impute: 'mean', scale: 'none' },
  },
  {
    name: 'splitTable',
    type: 'SplitTableOptions',
    call: (o) => splitTable(table, o),
    good: { train: 1, test: 1, key: key(0) },
    required: ['train'],
  },
  {
    name: 'generateTable',
    type: 'GenerateTableOptions',
    call: (o) => generateTable('smooth', o),
    good: { key: key(0), n: 3 },
  },
  {
    name: 'cifar10FromBinary',
    type: 'Cifar10Options',
    call: (o) => cifar10FromBinary(cifar, o),
    good: { name: 'small', limit: 1 },
  },
  {
    name: 'cifar10FromArchive',
    type: 'Cifar10ArchiveOptions',
    call: (o) => cifar10FromArchive(new Uint8Array(1024), o),
    good: { name: 'small', limit: 1 },
    fails: 'data',
  },
  {
    name: 'loadCifar10',
    type: 'LoadCifar10Options',
    call: (o) => loadCifar10(o),
    good: { dir: folder, limit: { train: 1, test: 1 }, pick, download: false, onProgress: quiet, signal },
    required: ['dir'],
    fails: 'file',
  },
  {
    name: 'loadFashionMnist',
    type: 'LoadFashionMnistOptions',
    call: (o) => loadFashionMnist(o),
    good: { dir: folder, limit: { train: 1, test: 1 }, pick },
    fails: 'file',
  },
  {
    name: 'downloadCifar10',
    type: 'DownloadCifar10Options',
    call: (o) => downloadCifar10(o),
    good: { dir: folder, mirrors: [unreachable], sha256: '0', onProgress: quiet, signal },
    required: ['dir', 'mirrors'],
    fails: 'network',
  },
  {
    name: 'loadMnist',
    type: 'LoadMnistOptions',
    call: (o) => loadMnist(o),
    good: { dir: folder, limit: { train: 1, test: 1 }, pick, download: false, onProgress: quiet, signal },
    required: ['dir'],
    fails: 'file',
  },
  {
    name: 'downloadMnist',
    type: 'DownloadMnistOptions',
    call: (o) => downloadMnist(o),
    good: { dir: folder, mirrors: [unreachable], sha256: {}, onProgress: quiet, signal },
    required: ['dir', 'mirrors', 'sha256'],
    fails: 'option',
  },
  {
    name: 'spherePoints',
    type: 'SpherePointsOptions',
    call: (o) => spherePoints(o),
    good: { key: key(0), n: 2, dimension: 3, radius: 2 },
    required: ['key', 'n', 'dimension'],
  },
  {
    name: 'gaussianPoints',
    type: 'GaussianPointsOptions',
    call: (o) => gaussianPoints(o),
    good: { key: key(0), n: 2, dimension: 3, std: 2 },
    required: ['key', 'n', 'dimension'],
  },
  {
    name: 'interpolate',
    type: 'InterpolateOptions',
    call: (o) => interpolate(normal(key(0), [3]), normal(key(1), [3]), o),
    good: { points: 2, along: 'arc' },
    required: ['points'],
  },
  {
    name: 'datasetBatches',
    type: 'DatasetBatchesOptions',
    call: (o) => [...datasetBatches(images, o)],
    good: { batchSize: 5, key: key(0) },
    required: ['batchSize'],
  },
  {
    name: 'openImageFolder',
    type: 'ImageFolderOptions',
    call: (o) => openImageFolder(join(folder, 'no-images'), o),
    good: { resize: 8, crop: 8, colour: 'grey', classes: ['a'], perClass: 1 },
    fails: 'file',
  },
  {
    name: 'loadImageFolder',
    type: 'LoadImageFolderOptions',
    call: (o) => loadImageFolder(join(folder, 'no-images'), o),
    good: {
      resize: 8,
      crop: 8,
      colour: 'grey',
      classes: ['a'],
      perClass: 1,
      signal,
      onProgress: quiet,
    },
    fails: 'file',
  },
  {
    name: 'read of an image folder',
    type: 'ReadImagesOptions',
    call: async (o) => (await openImageFolder(imageFolder)).read([0], o),
    good: { signal, onProgress: quiet },
  },
  {
    name: 'batches of an image folder',
    type: 'ImageBatchesOptions',
    call: async (o) => (await openImageFolder(imageFolder)).batches(o),
    good: { batchSize: 2, key: key(0), signal },
    required: ['batchSize'],
  },
  {
    name: 'download',
    type: 'DownloadOptions',
    call: (o) => download(o),
    good: {
      urls: [unreachable],
      path: join(folder, 'd'),
      sha256: '0',
      onProgress: quiet,
      signal,
      stallLimit: 1000,
    },
    required: ['urls', 'path', 'sha256'],
    fails: 'network',
  },
]
