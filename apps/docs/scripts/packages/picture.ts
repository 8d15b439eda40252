/** The packages and which is built on which, as an SVG that takes the colours of the page. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Names without the scope, and the names of what each depends on. */
export type Dependencies = ReadonlyMap<string, readonly string[]>

/** Where a package stands in its row, in widths of a box from the left. Rows follow from the dependencies. */
const columns: Readonly<Record<string, number>> = {
  tensor: 2.5,
  tiles: 0,
  autodiff: 1.5,
  datasets: 3,
  'backend-tfjs': 4,
  'backend-cuda': 5,
  'kernels-analytic': 0.5,
  'kernels-empirical': 2,
  optim: 3,
  stax: 0,
  dynamics: 1,
  regression: 0.5,
  cli: 2.5,
}

/** What the packages and the command in a repository say of themselves. */
export function dependenciesIn(root: string): Dependencies {
  const folders = [
    ...readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name)),
    join(root, 'apps/cli'),
  ]
  return new Map(
    folders.map((folder) => {
      const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        readonly name: string
        readonly dependencies?: Readonly<Record<string, string>>
      }
      const own = Object.keys(about.dependencies ?? {}).filter((name) => name.startsWith('@ntk/'))
      return [bare(about.name), own.map(bare)]
    }),
  )
}

const bare = (name: string): string => name.replace('@ntk/', '')

/** The longest way from a package down to one that depends on nothing. */
export function rowOf(name: string, all: Dependencies): number {
  return Math.max(0, ...(all.get(name) ?? []).map((below) => 1 + rowOf(below, all)))
}

/** Dependencies of a package that do not come with another of its dependencies. */
export function direct(name: string, all: Dependencies): string[] {
  const below = all.get(name) ?? []
  const reaches = (from: string, to: string): boolean =>
    (all.get(from) ?? []).some((next) => next === to || reaches(next, to))
  return below.filter((one) => !below.some((other) => other !== one && reaches(other, one)))
}

const [width, height, gapX, gapY] = [116, 30, 10, 34]

/** Throws where a package has no column. */
export function picture(all: Dependencies): string {
  const rows = Math.max(...[...all.keys()].map((name) => rowOf(name, all)))
  const placeOf = (name: string): { readonly x: number; readonly y: number } => {
    const column = columns[name]
    if (column === undefined) throw new Error(`${name} has no column in the picture of the packages`)
    return { x: column * (width + gapX) + 1, y: (rows - rowOf(name, all)) * (height + gapY) + 1 }
  }
  const arrows = [...all.keys()].flatMap((name) =>
    direct(name, all).map((below) => {
      const [from, to] = [placeOf(name), placeOf(below)]
      return `<path d="M${from.x + width / 2} ${from.y + height}L${to.x + width / 2} ${to.y - 2}" marker-end="url(#uses)"/>`
    }),
  )
  const boxes = [...all.keys()].map((name) => {
    const { x, y } = placeOf(name)
    const label = name === 'cli' ? 'the ntk command' : name
    return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/><text x="${x + width / 2}" y="${y + 20}">${label}</text>`
  })
  const size = [6 * (width + gapX) - gapX + 2, (rows + 1) * (height + gapY) - gapY + 2]
  const words = [...all.keys()].map((name) => `${name}: ${direct(name, all).join(', ') || 'nothing'}`)
  return [
    `<div class="packages" tabindex="0"><svg viewBox="0 0 ${size.join(' ')}" role="img" aria-label="What each package is built on. ${words.join('; ')}.">`,
    '<defs><marker id="uses" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
    ...arrows,
    ...boxes,
    '</svg></div>\n',
  ].join('')
}
