import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Dataset, splitDataset, subset } from '@ntk/datasets'
import { type ImageFolder, openImageFolder, type Split } from '@ntk/datasets/node'
import { foldIn, type Key, NtkError, tensorFromData } from '@ntk/tensor'
import type { ImagesConfig } from '../config/data.js'
import type { LoadContext } from './context.js'

export interface FolderConfig extends Pick<ImagesConfig, 'train' | 'test' | 'classes' | 'resize' | 'crop'> {
  readonly folder: string
}

/** Folders that may hold the images to test beside `train`. */
const testNames = ['test', 'val', 'validation'] as const

/**
 * Images drawn from a folder with a folder for each class, classes in equal shares; where it has `train` and `test` (or
 * `val`) instead, each part is drawn from its own. Only those drawn are read.
 *
 * @throws NtkError `file`, `data` and `shape` as `openImageFolder` and its `read`, `option` for more images than there are
 */
export async function loadFolder(config: FolderConfig, key: Key, context: LoadContext): Promise<Split> {
  const { folder, train, test, classes, resize, crop } = config
  const root = resolve(context.io.cwd, folder)
  const chosen = classes === undefined ? {} : { classes }
  const open = (dir: string): Promise<ImageFolder> => openImageFolder(dir, { resize, crop })
  const part = (files: ImageFolder, places: Dataset): Promise<Dataset> => read(files, places, context)
  const testName = testNames.find((name) => existsSync(join(root, name)))
  if (testName !== undefined && existsSync(join(root, 'train'))) {
    const parts = { train: await open(join(root, 'train')), test: await open(join(root, testName)) }
    requireSameClasses(folder, parts)
    const drawn = (files: ImageFolder, name: string, count: number, own: Key): Promise<Dataset> => {
      const all = subset(placesOf(files, `${folder}/${name}`), chosen)
      return part(files, splitDataset(all, { train: count, test: 0, key: own, stratified: true }).train)
    }
    return {
      train: await drawn(parts.train, 'train', train, foldIn(key, 0)),
      test: await drawn(parts.test, testName, test, foldIn(key, 1)),
    }
  }
  const files = await open(root)
  const all = subset(placesOf(files, folder), chosen)
  const split = splitDataset(all, { train, test, key, stratified: true })
  return { train: await part(files, split.train), test: await part(files, split.test) }
}

function requireSameClasses(
  folder: string,
  { train, test }: { train: ImageFolder; test: ImageFolder },
): void {
  const [first, second] = [train.classes.join(', '), test.classes.join(', ')]
  if (first === second) return
  throw new NtkError('data', {
    what: `Both parts of ${folder} must have the same classes.`,
    got: `${first}; ${second}`,
    fix: 'Give each class a folder of the same name in both.',
  })
}

/** A set whose images are their own positions. */
function placesOf({ labels, classes }: ImageFolder, name: string): Dataset {
  const n = labels.size
  const places = Float64Array.from({ length: n }, (_, i) => i)
  return { name, images: tensorFromData(places, [n, 1, 1, 1]), labels, classes }
}

/** The images whose positions a set holds. */
async function read(files: ImageFolder, places: Dataset, { signal }: LoadContext): Promise<Dataset> {
  const { images } = await files.read(places.images.dataSync(), { signal })
  return { ...places, images }
}
