import { join } from 'node:path'
import { centredLabels, glyphs, mnistFromIdx, oneHot, signLabels, splitDataset, subset } from '@ntk/datasets'
import { download, downloadMnist, loadMnist } from '@ntk/datasets/node'
import { key, tensor } from '@ntk/tensor'
import { folder } from './folder.js'
import type { Row } from './row.js'

const images = glyphs({ n: 20, size: 8 })
const labels = tensor([0, 1], { dtype: 'int32' })
const signal = new AbortController().signal
const quiet = (): void => undefined
const idx = (kind: number, shape: readonly number[]): Uint8Array => {
  const header = [0, 0, 8, kind, ...shape.flatMap((d) => [0, 0, 0, d])]
  return Uint8Array.from([...header, ...new Array<number>(shape.reduce((a, b) => a * b)).fill(1)])
}
const mnist = { images: idx(3, [2, 2, 2]), labels: idx(1, [2]) }

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
    good: { name: 'small', imagesName: 'a', labelsName: 'b', limit: 1 },
  },
  {
    name: 'loadMnist',
    type: 'LoadMnistOptions',
    call: (o) => loadMnist(o),
    good: { dir: folder, limit: { train: 1, test: 1 }, download: false, onProgress: quiet, signal },
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
