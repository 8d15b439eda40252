import type { Output } from '../frame/io.js'

/** What commands ask of an output. */
export interface Terminal {
  readonly isTTY: boolean
  readonly columns: number | undefined
}

/** On a pipe a stream has neither, whatever its types say. */
export const terminalOf = ({ isTTY, columns }: Pick<Output, 'isTTY' | 'columns'>): Terminal => ({
  isTTY: Boolean(isTTY),
  columns,
})

/** An output on another thread, which is told what to write. */
export const outputOf = (
  to: 'stdout' | 'stderr',
  { isTTY, columns }: Terminal,
  say: (said: { readonly kind: 'write'; readonly to: 'stdout' | 'stderr'; readonly text: string }) => void,
): Output => ({ isTTY, columns, write: (text) => say({ kind: 'write', to, text }) })
