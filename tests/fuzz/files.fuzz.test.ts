/** Mutated IDX, CIFAR-10, CSV, npy and npz files are read or end in an NtkError, soon and in little memory. Seeds and rounds as in `arguments.fuzz.test.ts`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { cifar10FromArchive, cifar10FromBinary, mnistFromIdx, parseIdx, tableFromCsv } from '@ntk/datasets'
import { readTable } from '@ntk/datasets/node'
import {
  crc32,
  type DType,
  decodeNpy,
  decodeNpyHeader,
  decodeSafetensors,
  encodeNpy,
  encodeSafetensors,
  key,
  normal,
  ones,
  tensor,
} from '@ntk/tensor'
import { readNpy, readNpz, readSafetensors } from '@ntk/tensor/node'
import { decodeNpz, encodeNpz } from '@ntk/tensor/npz'
import { afterAll, expect, test } from 'vitest'
import { mutateBytes } from './mutate.js'
import { oneOf, random } from './random.js'
import { attempt, plan, rounds } from './try.js'

const folder = mkdtempSync(join(tmpdir(), 'ntk-fuzz-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = join(folder, 'mutant')

const x = normal(key(0), [3, 4])

/** An npy file as others write it: the type and order as in its header, numbers of any kind. */
function npyOf(descr: string, fortran: boolean, shape: readonly number[]): Uint8Array {
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape.join(', ')},), }\n`
  const header = new TextEncoder().encode(text)
  const size = shape.reduce((a, b) => a * b, 1) * Number(descr.slice(2))
  const bytes = new Uint8Array(10 + header.length + size).fill(1)
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0])
  bytes.set(header, 10)
  return bytes
}

const dtypes: readonly DType[] = ['float64', 'float32', 'int32', 'bool']
const npys: readonly Uint8Array[] = [
  encodeNpy(x),
  ...dtypes.map((dtype) => encodeNpy(ones([2, 2], dtype))),
  encodeNpy(tensor(1.5)),
  encodeNpy(ones([0, 3])),
  ...['>f8', '<f2', '<i8', '>u2', '|u1', '|b1'].map((descr) => npyOf(descr, descr === '>f8', [2, 3])),
]

/** The archive with one of its arrays mutated, and checksums that agree again. */
function mutateInside(archive: Uint8Array, next: () => number): Uint8Array {
  const [inside, mutant] = [encodeNpy(x), mutateBytes(encodeNpy(x), next)]
  const out = archive.slice()
  const at = Buffer.from(out.buffer).indexOf(inside)
  if (at < 0) return mutateBytes(archive, next)
  const length = Math.min(mutant.length, inside.length)
  out.set(mutant.subarray(0, length), at)
  const [before, after] = [crc32(inside), crc32(out.subarray(at, at + inside.length))]
  const view = new DataView(out.buffer)
  for (let i = 0; i + 4 <= out.length; i++)
    if (view.getUint32(i, true) === before) view.setUint32(i, after, true)
  return out
}

const safes: readonly Uint8Array[] = [
  encodeSafetensors({ x, y: ones([2, 2], 'int32') }, { metadata: { a: 'b' } }),
  encodeSafetensors({ x: ones([0, 3], 'float32'), b: ones([3], 'bool') }),
]
const npzs: readonly Uint8Array[] = [
  encodeNpz({ x, y: ones([2]) }),
  encodeNpz({ x, y: ones([2]) }, { compress: true }),
  encodeNpz({}),
]

/** An IDX file of a type, by its number, with so many bytes an element. */
function idxOf(type: number, width: number, shape: readonly number[]): Uint8Array {
  const size = shape.reduce((a, b) => a * b, 1)
  const bytes = new Uint8Array(4 + 4 * shape.length + size * width).fill(1)
  bytes.set([0, 0, type, shape.length])
  const view = new DataView(bytes.buffer)
  shape.forEach((n, i) => {
    view.setUint32(4 + 4 * i, n)
  })
  return bytes
}

const images = idxOf(8, 1, [3, 4, 4])
const labels = idxOf(8, 1, [3])
const plainIdx = [images, labels, idxOf(0x0d, 4, [2, 3]), idxOf(0x0b, 2, [4]), idxOf(0x0e, 8, [2])]
const idxs: readonly Uint8Array[] = [...plainIdx, ...plainIdx.map((bytes) => new Uint8Array(gzipSync(bytes)))]

/** Two images of CIFAR-10, and an archive as it is published: a header of 512 bytes, then as many blocks as the file needs. */
const cifar = new Uint8Array(2 * 3073).fill(3)
const archive = new Uint8Array(512 * 16)
for (const [at, text] of [
  [0, 'cifar-10-batches-bin/data_batch_1.bin'],
  [124, (2 * 3073).toString(8).padStart(11, '0')],
  [148, '        0'],
  [257, 'ustar\u000000'],
] as const)
  archive.set(new TextEncoder().encode(text), at)
const headerSum = archive.reduce((a, b) => a + b, 0)
archive.set(new TextEncoder().encode(`${headerSum.toString(8).padStart(6, '0')}\0 `), 148)
archive.set(cifar, 512)
const cifars: readonly Uint8Array[] = [cifar, new Uint8Array(gzipSync(cifar))]
const archives: readonly Uint8Array[] = [archive, new Uint8Array(gzipSync(archive))]

const csvs: readonly Uint8Array[] = [
  'age,colour,income\n31,red,10.5\n45,"deep, ""dark"" blue",-2e3\n?,red,7\n',
  '5.1;3.5;a\r\n4.9;3.0;b\r\n',
  '\ufeffx\ty\n1\t2\n3\t4\n',
  '  1.5  2  x\n 2.5   3 y\n',
].map((text) => new TextEncoder().encode(text))

/** What is read, and by what: bytes in memory, and files on the disk for every eighth. */
const formats: readonly {
  readonly name: string
  readonly make: (next: () => number) => Uint8Array
  readonly read: (bytes: Uint8Array) => unknown
  readonly readFile?: (path: string) => Promise<unknown>
}[] = [
  {
    name: 'npy',
    make: (next) => mutateBytes(oneOf(npys, next), next),
    read: (bytes) => decodeNpy(bytes).toNested(),
    readFile: readNpy,
  },
  {
    name: 'npy header',
    make: (next) => mutateBytes(oneOf(npys, next), next),
    read: (bytes) => decodeNpyHeader(bytes),
  },
  {
    name: 'npz',
    make: (next) => (next() < 0.5 ? mutateInside : mutateBytes)(oneOf(npzs, next), next),
    read: (bytes) => decodeNpz(bytes),
    readFile: readNpz,
  },
  {
    name: 'safetensors',
    make: (next) => mutateBytes(oneOf(safes, next), next),
    read: (bytes) => decodeSafetensors(bytes),
    readFile: readSafetensors,
  },
  {
    name: 'idx',
    make: (next) => {
      const bytes = mutateBytes(oneOf(idxs, next), next)
      // Packed after the fault as well, so that it is not the checksum that finds it.
      return next() < 0.3 ? new Uint8Array(gzipSync(bytes)) : bytes
    },
    read: (bytes) => parseIdx(bytes, 'mutant'),
  },
  {
    name: 'idx of images',
    make: (next) => mutateBytes(next() < 0.5 ? images : labels, next),
    read: (bytes) => mnistFromIdx({ images: bytes, labels }),
  },
  {
    name: 'cifar10',
    make: (next) => {
      const bytes = mutateBytes(oneOf(cifars, next), next)
      return next() < 0.3 ? new Uint8Array(gzipSync(bytes)) : bytes
    },
    read: (bytes) => cifar10FromBinary(bytes),
  },
  {
    name: 'archive of cifar10',
    make: (next) => {
      const bytes = mutateBytes(oneOf(archives, next), next)
      return next() < 0.3 ? new Uint8Array(gzipSync(bytes)) : bytes
    },
    read: (bytes) => cifar10FromArchive(bytes),
  },
  {
    name: 'csv',
    make: (next) => mutateBytes(oneOf(csvs, next), next),
    read: (bytes) => tableFromCsv(bytes),
    readFile: readTable,
  },
]

test.each(formats)(
  '$name',
  { timeout: 120_000 + plan.minutes * 60_000 },
  async ({ name, make, read, readFile }) => {
    const minutes = plan.minutes / 4 / formats.length
    const result = await rounds(25 * plan.rounds, minutes, async (round) => {
      const bytes = make(random(plan.seed + 7919 * round))
      const onDisk = readFile !== undefined && round % 8 === 0
      if (onDisk) writeFileSync(file, bytes)
      return await attempt(
        round,
        () => `seed ${plan.seed}, ${Buffer.from(bytes).toString('base64')}`,
        () => (onDisk ? readFile(file) : read(bytes)),
      )
    })
    expect(result.faults).toEqual([])
    // Mutants that are all refused, or all read, would test little.
    expect(result.worked).toBeGreaterThan(0)
    expect(result.worked).toBeLessThan(result.done)
    if (minutes > 0) console.log(`${name}: ${result.done} files, ${result.worked} read`)
  },
)
