import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Behaviour {
  /** Break the connection after so many bytes of the body, once. */
  breakAfter?: number
  /** Send so many bytes of what is asked for and then nothing more, once a number. */
  stallAfter?: number[]
  /** Answer 200 with everything to requests of a range. */
  ignoresRanges?: boolean
  status?: number
  /** Say no length, send in pieces. */
  chunked?: boolean
}

export interface FileServer {
  readonly base: string
  /** Ranges asked for, in order; null where all was asked for. */
  readonly requests: { readonly path: string; readonly range: string | null }[]
  behaviour: Behaviour
  close(): Promise<void>
}

/** A loopback server of files by path, which can misbehave. */
export async function serveFiles(files: Readonly<Record<string, Uint8Array>>): Promise<FileServer> {
  const requests: FileServer['requests'] = []
  const state = { behaviour: {} as Behaviour }
  const server: Server = createServer((request, response) => {
    const { behaviour } = state
    const path = (request.url ?? '/').slice(1)
    const range = request.headers.range ?? null
    requests.push({ path, range })
    const bytes = files[path]
    if (behaviour.status !== undefined || bytes === undefined) {
      response.writeHead(behaviour.status ?? 404).end('no')
      return
    }
    const start =
      range === null || behaviour.ignoresRanges === true ? 0 : Number(/bytes=(\d+)-/.exec(range)?.[1])
    if (start >= bytes.length) {
      response.writeHead(416).end()
      return
    }
    const body = bytes.subarray(start)
    const length = behaviour.chunked === true ? {} : { 'Content-Length': body.length }
    const partial = start > 0 ? { 'Content-Range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}
    response.writeHead(start > 0 ? 206 : 200, { ...length, ...partial })
    if (behaviour.breakAfter !== undefined) {
      response.write(body.subarray(0, behaviour.breakAfter), () => {
        delete behaviour.breakAfter
        setTimeout(() => response.destroy(), 20)
      })
      return
    }
    const stall = behaviour.stallAfter?.shift()
    if (stall !== undefined) {
      response.write(body.subarray(0, stall))
      return
    }
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    base: `http://127.0.0.1:${port}/`,
    requests,
    get behaviour() {
      return state.behaviour
    },
    set behaviour(value: Behaviour) {
      state.behaviour = value
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
