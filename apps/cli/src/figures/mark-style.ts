/** How one kind of mark looks, in a figure and in its legend. */
export interface MarkStyle {
  readonly label: string
  readonly colour: string
  readonly kind: 'line' | 'dots' | 'area'
  /** Width of a line, area of a dot. */
  readonly size: number
  readonly dash?: readonly number[]
  readonly opacity?: number
  readonly shape?: string
  /** Dots with a thin edge in the colour of the page, so that neighbours stay apart. */
  readonly edge?: boolean
}
