import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { splitDataset, subset } from '@ntk/datasets'
import { loadCifar10 } from '@ntk/datasets/node'
import { foldIn, key } from '@ntk/tensor'
import { expect, it } from 'vitest'
import type { LoadContext } from '../src/data/context.js'
import { loadData } from '../src/data/load.js'
import { temporaryFolder } from './support.js'

/** A batch of CIFAR-10 with labels in turns. */
function batch(n: number): Uint8Array {
  return Uint8Array.from({ length: n * 3073 }, (_, i) => {
    const [image, at] = [Math.floor(i / 3073), i % 3073]
    return at === 0 ? (image * 7) % 10 : (at * 37 + image * 11) % 256
  })
}

it('images drawn by their labels are those that would be drawn from all images', async () => {
  const folder = join(temporaryFolder(), 'cifar-10')
  mkdirSync(folder)
  writeFileSync(join(folder, 'data_batch_1.bin'), batch(60))
  writeFileSync(join(folder, 'test_batch.bin'), batch(30))
  const context = { io: { cwd: '/' }, signal: new AbortController().signal } as LoadContext
  const all = await loadCifar10({ dir: folder })
  for (const classes of [undefined, [3, 0, 9]]) {
    const config = {
      name: 'cifar10',
      directory: folder,
      classes,
      train: 12,
      test: 6,
      normalize: 'none',
    } as const
    const got = await loadData({ ...config, classes: classes && [...classes] }, key(3), context)
    for (const [i, part] of (['train', 'test'] as const).entries()) {
      const { train: want } = splitDataset(subset(all[part], classes ? { classes } : {}), {
        train: config[part],
        test: 0,
        key: foldIn(key(3), i),
        stratified: true,
      })
      expect(got[part].name).toBe(want.name)
      expect(got[part].classes).toEqual(want.classes)
      expect(got[part].labels.toNested()).toEqual(want.labels.toNested())
      expect(got[part].images.toNested()).toEqual(want.images.toNested())
    }
  }
})
