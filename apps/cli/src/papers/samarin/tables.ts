import type { Mean } from '../../measures/error-bar.js'
import type { ReportTable } from '../../report/html.js'
import { type Architecture, architectures } from './networks.js'
import type { FactorNumbers } from './numbers.js'
import type { Published } from './published.js'

/** `62.5 ± 0.4`, percent */
export const accuracyCell = ({ mean, error }: Mean): string => {
  if (!Number.isFinite(mean)) return 'diverged'
  return Number.isFinite(error) ? `${mean.toFixed(1)} ± ${error.toFixed(1)}` : mean.toFixed(1)
}

const kinds = ['linearized', 'faster', 'network'] as const
const sets = ['test', 'train'] as const

/** Accuracies by width factor as the paper prints them, its own below each row where it has them. */
export function accuraciesTable(
  architecture: Architecture,
  byFactor: readonly FactorNumbers[],
  published: Published | null,
  linearRate: number | null,
): ReportTable {
  const { title, linearized } = architectures[architecture]
  const names = {
    network: title,
    linearized: linearRate === null ? linearized : `${linearized}, same rate`,
    faster: `${linearized}, rate ${linearRate}`,
  }
  const rows = sets.flatMap((set) =>
    kinds.flatMap((kind) => {
      const cells = byFactor.map((one) => one[kind])
      if (cells.some((cell) => cell === null)) return []
      const own = [names[kind], set, ...cells.map((cell) => (cell === null ? '' : accuracyCell(cell[set])))]
      const paper = published?.[kind]?.[set]
      if (published === null || paper === undefined) return [own]
      const theirs = byFactor.map(({ factor }) => {
        const value = paper[published.factors.indexOf(factor)]
        return value === undefined ? '' : value.toFixed(1)
      })
      return [own, ['the paper', set, ...theirs]]
    }),
  )
  return {
    caption: 'Accuracies in percent, by width factor',
    head: ['', 'images', ...byFactor.map(({ factor, rate }) => `×${factor} (rate ${rate})`)],
    rows,
    note: 'Means over networks and their error bars, at the last step.',
  }
}
