import { Resvg } from '@resvg/resvg-js'
import * as vega from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { fontFamily, fontFiles, installTextMetrics } from './fonts.js'
import { theme } from './theme.js'

/** A figure in the three forms in which it is written. */
export interface RenderedFigure {
  /** The Vega-Lite specification with its data and theme, as JSON. */
  readonly json: string
  readonly svg: string
  readonly png: Uint8Array
}

/** The Vega-Lite spec as an SVG. Browsers without the font use their own. */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  installTextMetrics()
  const compiled = compile({ ...spec, config: theme }, { logger: quiet }).spec
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logLevel: vega.Error })
  try {
    const svg = await view.toSVG()
    return svg.replaceAll(`font-family="${fontFamily}"`, `font-family="${fontFamily}, system-ui, sans-serif"`)
  } finally {
    view.finalize()
  }
}

// Vega-Lite warns on the console of what it drops; our specs are tested instead.
const quiet = {
  level: () => quiet,
  error: () => quiet,
  warn: () => quiet,
  info: () => quiet,
  debug: () => quiet,
}

/** An SVG of ours as a PNG with two pixels to a unit. */
export function renderPng(svg: string, zoom: number = 2): Uint8Array {
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: zoom },
    font: {
      loadSystemFonts: false,
      fontFiles: fontFiles(),
      defaultFontFamily: fontFamily,
      sansSerifFamily: fontFamily,
    },
  })
  return new Uint8Array(image.render().asPng())
}

export async function renderFigure(spec: TopLevelSpec): Promise<RenderedFigure> {
  const svg = await renderSvg(spec)
  const json = `${JSON.stringify({ ...spec, config: theme }, null, 1)}\n`
  return { json, svg, png: renderPng(svg) }
}
