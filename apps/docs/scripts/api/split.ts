import { posix } from 'node:path'
import type { PageGroup } from './groups.js'

/** A file of the API: its path below the folder of all, and its text. */
export interface Page {
  readonly path: string
  readonly text: string
}

/** A name with all that its page says of it. */
interface Member {
  readonly name: string
  readonly kind: string
  readonly text: string
}

/** Names of a page of TypeDoc, which stand under their kinds; what stands before the first kind is not a name's. */
export function membersOf(page: string): Member[] {
  return page
    .split(/^## /m)
    .slice(1)
    .flatMap((part) => {
      const [heading = '', ...members] = part.split(/^### /m)
      const kind = heading.trim().split('\n')[0] ?? ''
      return members.map((text) => ({
        name: /^[\w$]+/.exec(text)?.[0] ?? '',
        kind,
        text: text.replace(/\n\*\*\*\s*$/, '').trimEnd(),
      }))
    })
}

const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/\{#([^}\s]+)\}|\bid="([^"]+)"/g)].map(([, heading, id]) => heading ?? id ?? '')

/** Parts of a page without names of their own: what else there is. */
const restOf = (page: string): string[] =>
  page
    .split(/^(?=## )/m)
    .slice(1)
    .filter((part) => !/^### /m.test(part))

/** Path of a page as another page links to it. */
function relative(from: string, to: string): string {
  const path = posix.relative(posix.dirname(from), to)
  return path.startsWith('.') ? path : `./${path}`
}

const linkedNames = (members: readonly Member[], page: string): string =>
  members.map(({ name, text }) => `[\`${name}\`](${page}#${anchorsOf(text)[0] ?? ''})`).join(', ')

/** The pages of the groups of a large page, the first of which, at its path, says what is where. */
export function splitPage(
  { path, text }: Page,
  title: string,
  groups: readonly PageGroup[],
  places: ReadonlyMap<string, string>,
): Page[] {
  const folder = path.endsWith('/index.md') ? posix.dirname(path) : path.replace(/\.md$/, '')
  const sorted = new Map(groups.map((group) => [group, [] as Member[]]))
  for (const member of membersOf(text)) {
    const place = places.get(member.name)
    const group = groups.find(({ from }) => place !== undefined && from.test(place))
    if (group === undefined) throw new Error(`${title} exports ${member.name}, which no page of it takes.`)
    sorted.get(group)?.push(member)
  }
  const pages = [...sorted].map(([group, members]) => {
    const kinds = [...new Set(members.map(({ kind }) => kind))]
    const parts = kinds.flatMap((kind) => [
      `## ${kind}`,
      members
        .filter((member) => member.kind === kind)
        .map((member) => `### ${member.text}`)
        .join('\n\n***\n\n'),
    ])
    const name = `${folder}/${group.slug}.md`
    const short = group.title[0]?.toLowerCase() + group.title.slice(1)
    const overview = [`## ${group.title}`, linkedNames(members, relative(path, name))].join('\n\n')
    return { overview, page: { path: name, text: [`# ${title}: ${short}`, ...parts].join('\n\n') } }
  })
  const overview = [`# ${title}`, ...pages.map((page) => page.overview), ...restOf(text)].join('\n\n')
  return [{ path, text: overview }, ...pages.map(({ page }) => page)]
}

/** A link to a page of the API, or within one. */
const link = /\]\(((?:[^()\s#:]+\.md)?)(?:#([^()\s]+))?\)/g

/** Pages with links to what stood on large pages going to where it stands now. */
export function relink(pages: readonly Page[], large: ReadonlyMap<string, readonly Page[]>): Page[] {
  const homes = new Map<string, string>(
    [...large].flatMap(([path, parts]) =>
      parts
        .slice(1)
        .flatMap((part) => anchorsOf(part.text).map((id) => [`${path}#${id}`, part.path] as const)),
    ),
  )
  const origins = new Map(
    [...large].flatMap(([path, parts]) => parts.map((part) => [part.path, path] as const)),
  )
  return pages.map((page) => {
    if (large.has(page.path)) return page
    const was = origins.get(page.path) ?? page.path
    const text = page.text.replaceAll(link, (whole, file: string, id: string | undefined) => {
      if (file === '' && id === undefined) return whole
      const target = file === '' ? was : posix.join(posix.dirname(was), file)
      const kept = homes.get(`${target}#${id}`)
      const home = kept ?? target
      // An anchor of a large page that is not of a name, such as a constructor's, is no more: its page is near enough.
      const hash = id === undefined || (kept === undefined && large.has(target)) ? '' : `#${id}`
      if (home === page.path) return `](${hash})`
      return file === '' && home === was ? whole : `](${relative(page.path, home)}${hash})`
    })
    return { path: page.path, text }
  })
}
