import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import { decodeNpy } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { ntk, temporaryFolder } from './support.js'

/** A PNG of 8 bits a channel, lines unfiltered. */
function png(
  side: number,
  colourAt: (y: number, x: number) => readonly [number, number, number],
): Uint8Array {
  const lines = Array.from({ length: side }, (_, y) => [
    0,
    ...Array.from({ length: side }, (_, x) => colourAt(y, x)).flat(),
  ])
  const chunk = (type: string, data: Uint8Array): Uint8Array => {
    const body = Buffer.concat([Buffer.from(type), data])
    const ends = Buffer.alloc(8)
    ends.writeUInt32BE(data.length, 0)
    ends.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(side, 0)
  head.writeUInt32BE(side, 4)
  head.set([8, 2], 8)
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
  return Buffer.concat([
    Buffer.from(signature),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Uint8Array.from(lines.flat()))),
    chunk('IEND', new Uint8Array()),
  ])
}

/** Two classes of `count` images each: red above, or red below. */
function writeImages(folder: string, count: number, side: number = 16): string {
  for (const [label, name] of ['above', 'below'].entries()) {
    mkdirSync(join(folder, name), { recursive: true })
    for (let i = 0; i < count; i++)
      writeFileSync(
        join(folder, name, `${i}.png`),
        png(side, (y, x) => [y < side / 2 === (label === 0) ? 200 + i : 20, (7 * x + 3 * i) % 90, 40]),
      )
  }
  return folder
}

interface Trained {
  readonly run: string
  readonly results: {
    readonly samples: { readonly train: number; readonly test: number }
    readonly network: { readonly sets: { readonly test: { readonly score: readonly number[] } } }
    readonly distance: { readonly rmse: readonly number[] } | null
  }
}

const lenet = ['--architecture', 'lenet', '--dtype', 'float32']
const small = [...lenet, '--factor', '0.5', '--batch', '8']

async function trained(cwd: string, args: readonly string[]): Promise<Trained> {
  const ran = await ntk(['train', ...small, ...args, '--json'], { cwd })
  expect([ran.code, ran.stderr]).toEqual([0, ''])
  return JSON.parse(ran.stdout)
}

const arrayOf = (cwd: string, run: string, name: string): ReturnType<typeof decodeNpy> =>
  decodeNpy(new Uint8Array(readFileSync(join(cwd, run, 'stages/data', `${name}.npy`))))

describe('a folder of images', () => {
  it('is learnt by ntk train, resized and cropped, its classes in equal shares', async () => {
    const cwd = temporaryFolder()
    writeImages(join(cwd, 'pets'), 12)
    const args = ['--data', './pets', '--resize', '18', '--crop', '14', '--train', '16', '--test', '8']
    const { run, results } = await trained(cwd, [
      ...args,
      '--optimizer',
      'adam',
      '--learning-rate',
      '0.01',
      '--steps',
      '60',
    ])
    expect(results.samples).toMatchObject({ train: 16, test: 8 })
    expect(arrayOf(cwd, run, 'x_train').shape).toEqual([16, 14, 14, 3])
    expect(results.network.sets.test.score.at(-1)).toBe(1)
    const labels = arrayOf(cwd, run, 'y_train')
    // One-hot less 1/2: columns of equal shares sum to zero.
    expect([...labels.dataSync()].reduce((sum, one, i) => sum + (i % 2 === 0 ? one : 0), 0)).toBe(0)
  })

  it('may have its parts in train and val', async () => {
    const cwd = temporaryFolder()
    writeImages(join(cwd, 'pets', 'train'), 4)
    writeImages(join(cwd, 'pets', 'val'), 3)
    const args = ['--data', './pets', '--train', '8', '--test', '6', '--steps', '1']
    expect((await trained(cwd, args)).results.samples).toMatchObject({ train: 8, test: 6 })
    const ran = await ntk(['train', ...small, '--data', './pets', '--train', '9', '--test', '6'], { cwd })
    expect([ran.code, ran.stderr.includes('./pets/train has 8 images')]).toEqual([2, true])
  })

  it.each([
    [['--data', './none'], 'could not be read'],
    [['--data', 'pets'], 'or a folder of images, with a slash: ./snakes'],
    [['--data', './pets', '--data-dir', 'x'], 'give one of them'],
    [['--data', './pets', '--train', '4', '--test', '2'], 'one size'],
    [['--data', './other', '--train', '4', '--test', '2'], 'same classes'],
  ])('is refused where %j is wrong', async (args, says) => {
    const cwd = temporaryFolder()
    writeImages(join(cwd, 'pets'), 3)
    writeImages(join(cwd, 'pets'), 1, 17)
    writeImages(join(cwd, 'other', 'train'), 2)
    writeImages(join(cwd, 'other', 'test'), 2)
    mkdirSync(join(cwd, 'other', 'test', 'third'))
    writeFileSync(
      join(cwd, 'other', 'test', 'third', '0.png'),
      png(16, () => [0, 0, 0]),
    )
    const ran = await ntk(['train', ...small, ...args], { cwd })
    expect([ran.code, ran.stderr.includes(says)]).toEqual([2, true])
  })
})

describe('augmentation', () => {
  const glyphs = ['--train', '40', '--test', '10', '--classes', '0,1', '--steps', '12']

  it('changes what is trained on, the same each time, and the linearization sees it too', async () => {
    const cwd = temporaryFolder()
    const losses = async (args: readonly string[]): Promise<string> =>
      JSON.stringify((await trained(cwd, [...glyphs, ...args])).results.network.sets)
    const [plain, ...changed] = await Promise.all(
      [[], ['--flip'], ['--shift', '2'], ['--random-crop', '24']].map(losses),
    )
    expect(new Set([plain, ...changed]).size).toBe(4)
    expect(await losses(['--flip'])).toBe(changed[0])
    const wide = ['--factor', '4', '--flip', '--random-crop', '20', '--linearized', '--start', 'centred']
    const more = ['--steps', '6', '--batch', '8', '--learning-rate', '0.02', '--json']
    const ran = await ntk(['train', ...lenet, ...glyphs.slice(0, -2), ...wide, ...more], { cwd })
    const { results }: Trained = JSON.parse(ran.stdout)
    expect(results.distance?.rmse.at(-1)).toBeLessThan(0.1)
  })

  it('is refused of what is no image, and of squares that are too large', async () => {
    for (const [args, says] of [
      [['--hidden', '16', '--flip'], 'of images'],
      [['--table', 'smooth', '--shift', '1'], 'of images'],
      [['--architecture', 'lenet', '--random-crop', '29'], 'no larger than the images'],
    ] as const) {
      const ran = await ntk(['train', ...args], { cwd: temporaryFolder() })
      expect([ran.code, ran.stderr.includes(says)]).toEqual([2, true])
    }
  })
})
