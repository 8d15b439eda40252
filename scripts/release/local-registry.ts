/**
 * A registry for rehearsals: npm publishes to it and installs from it, on this machine alone, in memory. It knows the
 * packages that were published to it and nothing else, so a scope is sent here (`@ntk:registry=...`) and everything
 * else goes where npm is configured to go.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { Manifest } from '../workspace.js'

/** What `npm publish` sends. */
interface Publication {
  readonly name: string
  readonly 'dist-tags': Readonly<Record<string, string>>
  readonly versions: Readonly<Record<string, Manifest>>
  readonly _attachments: Readonly<Record<string, { readonly data: string }>>
}

interface Entry {
  readonly tags: Map<string, string>
  readonly versions: Map<string, { readonly manifest: Manifest; readonly archive: Buffer }>
}

export interface LocalRegistry {
  /** With a trailing slash and a path of its own, so that npm's cache of an earlier rehearsal is not taken for this one. */
  readonly url: string
  /** Versions of each package that was published. */
  versions(): Map<string, string[]>
  close(): Promise<void>
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

export async function startRegistry(): Promise<LocalRegistry> {
  const entries = new Map<string, Entry>()
  const home = `/${randomUUID()}/`
  let url = ''

  const publish = ({ name, 'dist-tags': tags, versions, _attachments }: Publication): number => {
    const entry = entries.get(name) ?? { tags: new Map(), versions: new Map() }
    for (const version of Object.keys(versions)) if (entry.versions.has(version)) return 409
    const [archive] = Object.values(_attachments)
    if (archive === undefined) return 400
    for (const [version, manifest] of Object.entries(versions)) {
      entry.versions.set(version, { manifest, archive: Buffer.from(archive.data, 'base64') })
    }
    for (const [tag, version] of Object.entries(tags)) entry.tags.set(tag, version)
    entries.set(name, entry)
    return 201
  }

  const describe = (name: string, { tags, versions }: Entry): unknown => ({
    name,
    'dist-tags': Object.fromEntries(tags),
    versions: Object.fromEntries(
      [...versions].map(([version, { manifest, archive }]) => {
        const tarball = `${url}${name}/-/${version}.tgz`
        const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`
        return [version, { ...manifest, dist: { tarball, integrity } }]
      }),
    ),
  })

  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, {
        'content-type': Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json',
      })
      response.end(Buffer.isBuffer(body) ? body : JSON.stringify(body))
    }
    const handle = async (): Promise<void> => {
      const path = decodeURIComponent(new URL(request.url ?? '/', url).pathname)
      if (!path.startsWith(home)) return answer(404, { error: 'not found' })
      const [name = '', version] = path.slice(home.length).split('/-/')
      if (request.method === 'PUT') {
        const publication: Publication = JSON.parse((await bodyOf(request)).toString('utf8'))
        const status = publish(publication)
        return answer(
          status,
          status === 201 ? { ok: true } : { error: `${name}: published before, or no archive` },
        )
      }
      const entry = entries.get(name)
      if (entry === undefined) return answer(404, { error: `${name} was never published here` })
      if (version === undefined) return answer(200, describe(name, entry))
      const found = entry.versions.get(version.replace(/\.tgz$/, ''))
      return found === undefined ? answer(404, { error: 'no such version' }) : answer(200, found.archive)
    }
    handle().catch((error: unknown) => answer(500, { error: String(error) }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the local registry has no port')
  url = `http://127.0.0.1:${address.port}${home}`
  return {
    url,
    versions: () => new Map([...entries].map(([name, { versions }]) => [name, [...versions.keys()]])),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
