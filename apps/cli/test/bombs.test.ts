import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { temporaryFolder } from './support.js'

const entry = fileURLToPath(new URL('fixtures/bin.mjs', import.meta.url))
const unpacked = 2 ** 29

/** The header of an IDX file of bytes. */
function header(shape: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 + 4 * shape.length))
  view.setUint32(0, (0x08 << 8) | shape.length)
  shape.forEach((size, i) => {
    view.setUint32(4 + 4 * i, size)
  })
  return new Uint8Array(view.buffer)
}

/** A folder like MNIST's, with images that say they are `declared` and unpack to half a GiB. */
function bombs(cwd: string, declared: number): string {
  const folder = join(cwd, 'mnist')
  mkdirSync(folder)
  const bytes = new Uint8Array(unpacked)
  bytes.set(header([declared, 28, 28]))
  const packed = gzipSync(bytes, { level: 1 })
  // Far less than what it unpacks to.
  expect(packed.length).toBeLessThan(unpacked / 100)
  writeFileSync(join(folder, 'train-images-idx3-ubyte.gz'), packed)
  writeFileSync(join(folder, 'train-labels-idx1-ubyte'), Buffer.concat([header([40]), new Uint8Array(40)]))
  writeFileSync(
    join(folder, 't10k-images-idx3-ubyte'),
    Buffer.concat([header([1, 28, 28]), new Uint8Array(784)]),
  )
  writeFileSync(join(folder, 't10k-labels-idx1-ubyte'), Buffer.concat([header([1]), new Uint8Array(1)]))
  return folder
}

interface Ended {
  readonly how: number | string | null
  readonly stderr: string
  /** The most bytes that were resident, where the system says so. */
  readonly peak: number
  /** Milliseconds after the signal. */
  readonly took: number
}

/** `ntk kernel` of ten images of a folder, with SIGTERM once so many bytes are resident. */
function kernelOf(cwd: string, dir: string, signalAt?: number): Promise<Ended> {
  const args = ['kernel', '--data', 'mnist', '--data-dir', dir, '--train', '10', '--out', 'k.npy']
  const child = spawn(process.execPath, ['--conditions=@ntk/source', entry, ...args], {
    cwd,
    env: { ...process.env, NTK_BLAS: 'off' },
  })
  let stderr = ''
  let peak = 0
  let sent = Number.NaN
  child.stderr.on('data', (text) => {
    stderr += String(text)
  })
  const looking = setInterval(() => {
    const status = `/proc/${child.pid}/status`
    if (existsSync(status))
      peak = 1024 * Number(/VmHWM:\s*(\d+)/.exec(readFileSync(status, 'utf8'))?.[1] ?? peak / 1024)
    if (signalAt === undefined || peak < signalAt || !Number.isNaN(sent)) return
    sent = performance.now()
    child.kill('SIGTERM')
  }, 20)
  return new Promise((resolve) => {
    child.on('close', (code, name) => {
      clearInterval(looking)
      resolve({ how: code ?? name, stderr, peak, took: performance.now() - sent })
    })
  })
}

it('a gzip bomb of images is refused by what its header says, before it takes memory', async () => {
  const cwd = temporaryFolder()
  const ended = await kernelOf(cwd, bombs(cwd, 40))
  expect(ended.stderr).toMatch(/train-images[\s\S]*should end after 31376 bytes/)
  expect(ended.how).toBe(2)
  expect(ended.peak).toBeLessThan(unpacked)
  expect(existsSync(join(cwd, 'k.npy'))).toBe(false)
})

it('SIGTERM ends the unpacking of a set of images within a second', async () => {
  const cwd = temporaryFolder()
  const ended = await kernelOf(cwd, bombs(cwd, (unpacked - 16) / 784), 350 * 2 ** 20)
  expect(existsSync(join(cwd, 'k.npy'))).toBe(false)
  // Where the system does not say what is resident, nothing is sent, and there are not as many labels.
  if (Number.isNaN(ended.took)) expect(ended.how).toBe(2)
  else {
    expect([130, 'SIGTERM']).toContain(ended.how)
    expect(ended.took).toBeLessThan(1000)
  }
})
