import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { key } from '@ntk/tensor'
import { encode } from 'fast-png'
import jpeg from 'jpeg-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resizeImages } from '../../src/index.js'
import { loadImageFolder, openImageFolder } from '../../src/node/index.js'

const { images } = JSON.parse(readFileSync(new URL('../reference/images.json', import.meta.url), 'utf8')) as {
  images: Record<string, { base64: string; pixels: number[] }>
}

const bytesOf = (name: string): Buffer => Buffer.from(images[name]?.base64 ?? '', 'base64')

let dir = ''
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'ntk-images-'))
  for (const [name, count] of [
    ['cat', 3],
    ['dog', 2],
  ] as const) {
    mkdirSync(join(dir, 'pets', name), { recursive: true })
    for (let i = 0; i < count; i++) {
      const [height, width] = [20 + 2 * i, 30]
      const data = Uint8Array.from(
        { length: height * width * 3 },
        (_, p) => (p * (7 + i) + name.length) % 251,
      )
      writeFileSync(join(dir, 'pets', name, `${i}.png`), encode({ width, height, data, channels: 3 }))
    }
  }
  writeFileSync(join(dir, 'pets', 'cat', 'notes.txt'), 'no image')
  writeFileSync(join(dir, 'pets', 'cat', '.hidden.png'), '')
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** A folder with one class that holds these files. */
function folderOf(files: Record<string, Uint8Array | string>): string {
  const folder = mkdtempSync(join(dir, 'one-'))
  mkdirSync(join(folder, 'class'))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, 'class', name), content)
  return folder
}

async function refusal(call: () => Promise<unknown>): Promise<string> {
  return call().then(
    () => 'no error',
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  )
}

describe('images of every kind', () => {
  it.each(Object.keys(images))('%s is what Pillow reads', async (name) => {
    const set = await loadImageFolder(folderOf({ [name]: bytesOf(name) }))
    expect(set.images.shape).toEqual([1, 6, 9, 3])
    const want = images[name]?.pixels ?? []
    const off = Math.max(...[...set.images.dataSync()].map((v, i) => Math.abs(v - (want[i] ?? Number.NaN))))
    // Decoders of JPEG differ in how they spread colour that was stored at half the size.
    expect(off).toBeLessThan(
      name === 'baseline.jpg' || name === 'cmyk.jpg' ? 0.06 : name.endsWith('jpg') ? 0.012 : 1e-6,
    )
  })

  it('become grey by Rec. 601', async () => {
    const set = await loadImageFolder(folderOf({ 'a.png': bytesOf('rgb.png') }), { colour: 'grey' })
    const [r = 0, g = 0, b = 0] = images['rgb.png']?.pixels.slice(3) ?? []
    expect(set.images.shape).toEqual([1, 6, 9, 1])
    expect(set.images.dataSync()[1]).toBeCloseTo(0.299 * r + 0.587 * g + 0.114 * b, 5)
  })

  it('are told by what they are, whatever they are called', async () => {
    const set = await loadImageFolder(folderOf({ 'a.JPEG': bytesOf('rgb.png') }))
    expect(set.images.dataSync()[1]).toBeCloseTo(images['rgb.png']?.pixels[1] ?? 0, 6)
  })
})

describe('a folder of images', () => {
  it('has the folders as classes, and images of one size after resizing and cutting', async () => {
    const set = await loadImageFolder(join(dir, 'pets'), { resize: 16, crop: 12 })
    expect(set.name).toBe('pets')
    expect(set.classes).toEqual(['cat', 'dog'])
    expect([...set.labels.dataSync()]).toEqual([0, 0, 0, 1, 1])
    expect(set.images.shape).toEqual([5, 12, 12, 3])
    const folder = await openImageFolder(join(dir, 'pets'), { classes: ['dog', 'cat'], perClass: 2 })
    expect(folder.paths.map((path) => path.slice(-9))).toEqual([
      'dog/0.png',
      'dog/1.png',
      'cat/0.png',
      'cat/1.png',
    ])
    expect([...folder.labels.dataSync()]).toEqual([0, 0, 1, 1])
    const whole = await folder.read([3])
    expect(whole.images.shape).toEqual([1, 22, 30, 3])
    // 22 × 30 to 16 × 21, and the middle of that: rows 2 to 13, columns 4 to 15.
    const resized = resizeImages(whole.images, 16)
    expect(resized.shape).toEqual([1, 16, 21, 3])
    expect(set.images.dataSync()[12 * 12 * 3]).toBe(resized.dataSync()[(2 * 21 + 4) * 3])
  })

  it('is read batch by batch, each image once, and holds no more than a batch', async () => {
    const folder = await openImageFolder(join(dir, 'pets'), { resize: 8, crop: 8 })
    const all = await folder.read([0, 1, 2, 3, 4])
    const seen: number[] = []
    const pixels: number[] = []
    for await (const batch of folder.batches({ batchSize: 2 })) {
      seen.push(batch.labels.size)
      pixels.push(...batch.images.dataSync())
    }
    expect(seen).toEqual([2, 2, 1])
    expect(pixels).toEqual([...all.images.dataSync()])
    const drawn = async (seed: number): Promise<number[]> => {
      const labels: number[] = []
      for await (const batch of folder.batches({ batchSize: 2, key: key(seed) }))
        labels.push(...batch.labels.dataSync())
      return labels
    }
    expect((await drawn(0)).toSorted()).toEqual([0, 0, 0, 1, 1])
    expect(await drawn(3)).toEqual(await drawn(3))
    expect(
      new Set(await Promise.all([0, 1, 2, 3].map(async (s) => (await drawn(s)).join()))).size,
    ).toBeGreaterThan(1)
    // What comes later is not looked at before it is asked for.
    const copy = join(dir, 'broken')
    cpSync(join(dir, 'pets'), copy, { recursive: true })
    writeFileSync(join(copy, 'dog', '1.png'), 'no image')
    const first = (await openImageFolder(copy, { resize: 8, crop: 8 })).batches({ batchSize: 2 })
    expect((await first.next()).value?.labels.size).toBe(2)
    await first.next()
    expect(await refusal(() => first.next())).toMatch(/^data: .*dog\/1\.png is no PNG and no JPEG/)
  })

  it('tells progress and stops when it is told', async () => {
    const told: number[] = []
    await loadImageFolder(join(dir, 'pets'), {
      resize: 4,
      crop: 4,
      onProgress: ({ done }) => told.push(done),
    })
    expect(told).toEqual([1, 2, 3, 4, 5])
    const signal = AbortSignal.abort()
    expect(await refusal(() => loadImageFolder(join(dir, 'pets'), { signal }))).toMatch(/^aborted/)
  })

  it.each(['baseline.jpg', 'progressive.jpg', 'rgb.png', 'palette.png'])(
    'names %s where it is cut off anywhere, or damaged',
    async (name) => {
      const bytes = bytesOf(name)
      for (const left of [0.1, 0.3, 0.5, 0.7, 0.9, 0.97].map((share) => Math.floor(share * bytes.length))) {
        const said = await refusal(() => loadImageFolder(folderOf({ [name]: bytes.subarray(0, left) })))
        expect([left, said]).toEqual([
          left,
          expect.stringMatching(new RegExp(`^data: .*class/${name.replace('.', '\\.')} is cut off`)),
        ])
      }
      expect(await refusal(() => loadImageFolder(folderOf({ [name]: '' })))).toMatch(/an empty file/)
    },
  )

  it('names a large JPEG that was cut off within its picture, and one whose thumbnail is whole', async () => {
    const data = Uint8Array.from({ length: 64 * 64 * 4 }, (_, i) => (i * i) % 255)
    const whole = new Uint8Array(jpeg.encode({ width: 64, height: 64, data }, 90).data)
    expect((await loadImageFolder(folderOf({ 'a.jpg': whole }))).images.shape).toEqual([1, 64, 64, 3])
    expect(await refusal(() => loadImageFolder(folderOf({ 'a.jpg': whole.slice(0, -40) })))).toMatch(
      /is cut off/,
    )
    // A segment of the application that holds a whole JPEG with its end marker, before a picture without one.
    const small = bytesOf('grey.jpg')
    const segment = [0xff, 0xe1, (small.length + 2) >> 8, (small.length + 2) & 255, ...small]
    const cut = Uint8Array.from([0xff, 0xd8, ...segment, ...whole.slice(2, -2)])
    expect(await refusal(() => loadImageFolder(folderOf({ 'a.jpg': cut })))).toMatch(/is cut off/)
    const fine = Uint8Array.from([0xff, 0xd8, ...segment, ...whole.slice(2)])
    expect((await loadImageFolder(folderOf({ 'a.jpg': fine }))).images.shape).toEqual([1, 64, 64, 3])
  })

  it('names folders and sizes that do not fit', async () => {
    expect(await refusal(() => openImageFolder(join(dir, 'nowhere')))).toMatch(/^file: .*nowhere/)
    expect(await refusal(() => openImageFolder(join(dir, 'pets'), { classes: ['cow'] }))).toMatch(
      /^option: .*"cow"/,
    )
    expect(await refusal(() => openImageFolder(join(dir, 'pets', 'cat')))).toMatch(
      /^data: .*folder for each class/,
    )
    expect(await refusal(() => openImageFolder(folderOf({ 'a.txt': '' })))).toMatch(/^data: .*holds no PNG/)
    expect(await refusal(() => loadImageFolder(join(dir, 'pets')))).toMatch(
      /^shape: .*one size[^]*cat\/1\.png/,
    )
    const small = { resize: 8, crop: 9 }
    expect(await refusal(() => loadImageFolder(join(dir, 'pets'), small))).toMatch(
      /^shape: .*cat\/0\.png is smaller/,
    )
    const folder = await openImageFolder(join(dir, 'pets'))
    expect(await refusal(() => folder.read([5]))).toMatch(/^index: pets has images 0 to 4/)
  })
})
