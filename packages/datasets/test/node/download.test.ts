import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DownloadProgress, download, downloadMnist, loadMnist } from '../../src/node/index.js'
import { rejectionOf, smallFiles } from '../support.js'
import { type FileServer, serveFiles } from './server.js'

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) % 256)
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const small = smallFiles()
const files = {
  'file.bin': content,
  ...Object.fromEntries(Object.entries(small).map(([name, bytes]) => [`${name}.gz`, bytes])),
}

let dir: string
let server: FileServer
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ntk-download-'))
  server = await serveFiles(files)
})
afterEach(async () => {
  await server.close()
  await rm(dir, { recursive: true })
})

const path = (): string => join(dir, 'deep', 'file.bin')
const fetchFile = (
  extra: {
    urls?: string[]
    sha256?: string
    signal?: AbortSignal
    onProgress?: (p: DownloadProgress) => void
    stallLimit?: number
  } = {},
) => download({ urls: [`${server.base}file.bin`], path: path(), sha256: sha(content), ...extra })

// Equality of long arrays takes the test runner a second.
const isWhole = async (): Promise<boolean> => Buffer.compare(await readFile(path()), content) === 0

describe('a download', () => {
  it('puts the file in its place, reports progress and leaves nothing else', async () => {
    const seen: DownloadProgress[] = []
    await fetchFile({ onProgress: (p) => seen.push(p) })
    expect(await isWhole()).toBe(true)
    expect(await readdir(join(dir, 'deep'))).toEqual(['file.bin'])
    expect(seen[0]).toEqual({ file: 'file.bin', done: 0, total: content.length, stalls: 0 })
    expect(seen.at(-1)).toEqual({ file: 'file.bin', done: content.length, total: content.length, stalls: 0 })
    expect(seen.every((p, i) => i === 0 || p.done > (seen[i - 1] as DownloadProgress).done)).toBe(true)
  })

  it('does not ask again for a file that is there', async () => {
    await fetchFile()
    await fetchFile()
    expect(server.requests).toHaveLength(1)
  })

  it('goes on where a broken connection stopped', async () => {
    server.behaviour = { breakAfter: 100_000 }
    const error = await rejectionOf(fetchFile())
    expect(error.code).toBe('network')
    expect(existsSync(path())).toBe(false)
    const seen: DownloadProgress[] = []
    await fetchFile({ onProgress: (p) => seen.push(p) })
    expect(server.requests[1]?.range).toBe(`bytes=${seen[0]?.done}-`)
    expect(seen[0]?.done).toBeGreaterThan(0)
    expect(seen.at(-1)).toEqual({ file: 'file.bin', done: content.length, total: content.length, stalls: 0 })
    expect(await isWhole()).toBe(true)
  })

  it('begins again where the server gives no ranges, or says no length', async () => {
    for (const behaviour of [{ ignoresRanges: true }, { ignoresRanges: true, chunked: true }]) {
      await rm(dir, { recursive: true })
      server.behaviour = { breakAfter: 100_000 }
      await rejectionOf(fetchFile())
      server.behaviour = behaviour
      await fetchFile()
      expect(await isWhole()).toBe(true)
    }
  })

  it('drops what lay there where it is of another file, and where it is too long', async () => {
    for (const stale of [new Uint8Array(5000), new Uint8Array(content.length + 10)]) {
      await rm(dir, { recursive: true })
      server.behaviour = { breakAfter: 1000 }
      await rejectionOf(fetchFile())
      await writeFile(`${path()}.part`, stale)
      await fetchFile()
      expect(await isWhole()).toBe(true)
    }
  })

  it('finishes a part that was whole already', async () => {
    server.behaviour = { breakAfter: 10 }
    await rejectionOf(fetchFile())
    await writeFile(`${path()}.part`, content)
    await fetchFile()
    expect(await isWhole()).toBe(true)
  })

  it('refuses a file with another digest and keeps nothing of it', async () => {
    const error = await rejectionOf(fetchFile({ sha256: sha(new Uint8Array(1)) }))
    expect(error.code).toBe('network')
    expect(error.message).toContain('SHA-256')
    expect(await readdir(join(dir, 'deep'))).toEqual([])
    expect(server.requests).toHaveLength(1)
  })

  it('tries the next place, and names them all where none has the file', async () => {
    await fetchFile({
      urls: [`${server.base}missing`, 'http://127.0.0.1:1/refused', `${server.base}file.bin`],
    })
    expect(existsSync(path())).toBe(true)
    await rm(path())
    const error = await rejectionOf(
      fetchFile({ urls: [`${server.base}missing`, 'http://127.0.0.1:1/refused'] }),
    )
    expect(error.message).toMatch(/missing: the server answered 404.*refused/)
  })

  it('can be aborted and goes on later', async () => {
    const abort = new AbortController()
    const stop = (p: DownloadProgress): void => {
      if (p.done > 0) abort.abort()
    }
    const error = await rejectionOf(fetchFile({ signal: abort.signal, onProgress: stop }))
    expect(error.code).toBe('aborted')
    expect(existsSync(path())).toBe(false)
    await fetchFile()
    expect(existsSync(path())).toBe(true)
  })

  it('asks a silent server again, says so, and goes on where it was', async () => {
    server.behaviour = { stallAfter: [100_000, 150_000] }
    const seen: DownloadProgress[] = []
    await fetchFile({ stallLimit: 300, onProgress: (p) => seen.push(p) })
    expect(await isWhole()).toBe(true)
    expect(seen.at(-1)?.stalls).toBe(2)
    expect(server.requests).toHaveLength(3)
  })

  it('gives up on a server that stays silent, and keeps what came', async () => {
    server.behaviour = { stallAfter: [10, 10, 10, 10, 10] }
    const error = await rejectionOf(fetchFile({ stallLimit: 100 }))
    expect(error.message).toMatch(/the server was silent for 0\.1 s, 4 times/)
    expect(server.requests).toHaveLength(4)
    server.behaviour = {}
    await fetchFile()
    expect(await isWhole()).toBe(true)
  })

  it('says where it cannot write', async () => {
    await writeFile(join(dir, 'deep'), 'a file where a folder should be')
    const error = await rejectionOf(fetchFile())
    expect(error.message).toContain('deep')
  })
})

describe('the download of MNIST', () => {
  const sha256 = Object.fromEntries(Object.entries(small).map(([name, bytes]) => [name, sha(bytes)]))

  it('fetches the files that are absent, and they load', async () => {
    await writeFile(join(dir, 'train-labels-idx1-ubyte.gz'), small['train-labels-idx1-ubyte'] as Uint8Array)
    await downloadMnist({ dir, mirrors: [server.base], sha256 })
    expect(server.requests.map((r) => r.path)).toEqual([
      'train-images-idx3-ubyte.gz',
      't10k-images-idx3-ubyte.gz',
      't10k-labels-idx1-ubyte.gz',
    ])
    const { train, test } = await loadMnist({ dir })
    expect([train.images.shape[0], test.images.shape[0]]).toEqual([30, 20])
  })

  it('knows the digests of the original files, so that others are refused', async () => {
    const error = await rejectionOf(downloadMnist({ dir, mirrors: [server.base] }))
    expect(error.message).toContain('SHA-256')
  })
})
