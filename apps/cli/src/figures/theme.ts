import type { Config } from 'vega-lite'
import { fontFamily } from './fonts.js'
import type { MarkStyle } from './mark-style.js'

/** Colours of everything but data. The report replaces them by its own variables, so that dark mode works. */
export const ink: {
  readonly text: string
  readonly soft: string
  readonly grid: string
  readonly background: string
} = { text: '#20242b', soft: '#646b77', grid: '#e6e8ec', background: '#ffffff' }

/** Colours of data: Okabe and Ito's, told apart under all common kinds of colour blindness, on white and on black. */
export const hue: {
  readonly network: string
  readonly linearized: string
  readonly closedForm: string
  readonly infinite: string
  readonly accent: string
} = {
  network: '#56b4e9',
  linearized: '#d55e00',
  closedForm: '#3f51b5',
  infinite: '#009e73',
  accent: '#cc79a7',
}

/**
 * How the curves of a training look: by colour, width and kind of mark at once, so that they are told apart without
 * colour too. In drawing order: the broad line below, dashes on it, dots on top; curves on each other all show.
 */
export const curveStyles: {
  readonly network: MarkStyle
  readonly infinite: MarkStyle
  readonly linearized: MarkStyle
  readonly closedForm: MarkStyle
} = {
  network: { label: 'network', colour: hue.network, kind: 'line', size: 7, opacity: 0.7 },
  infinite: { label: 'infinite width, mean', colour: hue.infinite, kind: 'line', size: 1.6 },
  linearized: { label: 'linearization', colour: hue.linearized, kind: 'line', size: 2.2, dash: [9, 6] },
  closedForm: { label: 'closed form', colour: hue.closedForm, kind: 'dots', size: 34, edge: true },
}

/** The look that all figures share. */
export const theme: Config = {
  background: ink.background,
  font: fontFamily,
  padding: 16,
  title: {
    anchor: 'start',
    frame: 'group',
    fontSize: 15,
    fontWeight: 600,
    color: ink.text,
    subtitleColor: ink.soft,
    subtitleFontSize: 12,
    subtitlePadding: 6,
    offset: 14,
    lineHeight: 19,
    subtitleLineHeight: 16,
  },
  view: { stroke: null },
  aria: false,
  axis: {
    labelColor: ink.soft,
    titleColor: ink.text,
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: 400,
    titlePadding: 8,
    domainColor: ink.soft,
    domainWidth: 0.8,
    tickColor: ink.soft,
    tickSize: 4,
    tickWidth: 0.8,
    gridColor: ink.grid,
    gridWidth: 0.8,
    labelPadding: 4,
  },
  concat: { spacing: 30 },
}
