import { readFileSync } from 'node:fs'
import { compile } from 'vega-lite'
import { describe, expect, it } from 'vitest'
import { logTicks } from '../src/figures/curves.js'
import { fontFiles, measureFont } from '../src/figures/fonts.js'
import { renderFigure } from '../src/figures/render.js'
import { spectrumFigure } from '../src/figures/spectrum.js'
import { meanOf } from '../src/measures/error-bar.js'
import { fitPowerLaw } from '../src/measures/power-law.js'
import { escapeHtml, inlineSvg, renderReport } from '../src/report/html.js'
import { shortNumber, withUncertainty } from '../src/text/number.js'
import { syntheticFigures } from './fixtures/figures.js'
import { syntheticReport } from './fixtures/report.js'
import { noise } from './fixtures/synthetic.js'

const figures = syntheticFigures()

describe.each(Object.keys(figures) as (keyof typeof figures)[])('the figure %s', (name) => {
  it('compiles without a complaint and becomes an SVG and a PNG', async () => {
    const complaints: unknown[] = []
    const logger = {
      level: () => logger,
      error: complain,
      warn: complain,
      info: () => logger,
      debug: () => logger,
    }
    function complain(...messages: unknown[]): typeof logger {
      complaints.push(messages)
      return logger
    }
    compile(figures[name], { logger })
    expect(complaints).toEqual([])
    const { svg, png, json } = await renderFigure(figures[name])
    expect(svg).toMatch(/^<svg[\s\S]*<\/svg>\s*$/)
    expect(svg).not.toContain('NaN')
    expect([...png.subarray(1, 4)]).toEqual([...'PNG'].map((letter) => letter.charCodeAt(0)))
    expect(JSON.parse(json).$schema).toContain('vega-lite')
  })
})

describe('the spectrum of a large kernel', () => {
  const eigenvalues = Array.from({ length: 1500 }, (_, i) => 1e3 * (i + 1) ** -2.5)
  const spec = spectrumFigure([{ name: 'a network', eigenvalues }], 'title', 'subtitle')

  it('shows dots that do not cover each other, the first and the last among them', () => {
    const values =
      JSON.stringify(spec)
        .match(/"rank":\d+/g)
        ?.map((text) => Number(text.slice(7))) ?? []
    expect(values.length).toBeGreaterThan(40)
    expect(values.length).toBeLessThan(150)
    expect([values[0], values.at(-1)]).toEqual([1, 1500])
  })

  it('has powers of ten with superscripts on its axis', async () => {
    const { svg } = await renderFigure(spec)
    expect(svg).toContain('10⁻⁴')
    expect(svg).not.toContain('10^')
  })
})

describe('text in figures', () => {
  it('is measured with the widths of the font', () => {
    const [regular] = fontFiles()
    const measure = measureFont(new Uint8Array(readFileSync(regular ?? '')))
    // Inter Regular: 2048 units to the em; "i" is much narrower than "W", figures stand apart from letters.
    expect(measure('iiii')).toBeLessThan(measure('W') * 1.2)
    expect(measure('ab')).toBeCloseTo(measure('a') + measure('b'), 12)
    expect(measure('½ mean (f − y)²')).toBeGreaterThan(6)
  })

  it('writes numbers with a true minus and powers of ten', () => {
    expect(shortNumber(0.000123456)).toBe('1.23·10⁻⁴')
    expect(shortNumber(-0.51, 2)).toBe('−0.51')
    expect(shortNumber(1234567)).toBe('1.23·10⁶')
    expect(shortNumber(0)).toBe('0')
  })

  it('writes as many digits of a number as its error bar lets count', () => {
    expect(withUncertainty(-0.3482, 0.0618)).toBe('−0.348 ± 0.062')
    expect(withUncertainty(13.86178949, 2.8e-7)).toBe('13.86178949 ± 2.8·10⁻⁷')
    expect(withUncertainty(1, 2.2e-10)).toBe('1 ± 2.2·10⁻¹⁰')
    expect(withUncertainty(123456, 2300)).toBe('1.235·10⁵ ± 2300')
  })
})

describe('ticks of a logarithmic axis', () => {
  it('are powers of ten over decades, finer over less', () => {
    expect(logTicks([1, 1000])).toEqual([1, 10, 100, 1000])
    expect(logTicks([0.001, 0.04])).toEqual([0.001, 0.002, 0.005, 0.01, 0.02])
    expect(logTicks([0.022, 0.041])).toEqual([0.025, 0.03, 0.035, 0.04].filter((tick) => tick >= 0.022))
  })

  it('leave powers of ten out over many decades', () => {
    expect(logTicks([3e-15, 60])).toEqual([1e-12, 1e-9, 1e-6, 1e-3, 1])
    expect(logTicks([2e-9, 8])).toEqual([1e-8, 1e-6, 1e-4, 1e-2, 1])
  })

  it('exist for a single value and ignore what has no logarithm', () => {
    expect(logTicks([5, 5]).length).toBeGreaterThan(0)
    expect(logTicks([0, -1, 1, 100])).toEqual([1, 10, 100])
  })
})

describe('the fitted power law', () => {
  it('gets slope and scale back exactly from exact data', () => {
    const points = [64, 128, 512].map((width) => ({ size: width, value: 3 * width ** -0.5 }))
    const law = fitPowerLaw(points)
    expect(law.slope).toBeCloseTo(-0.5, 12)
    expect(law.scale).toBeCloseTo(3, 10)
    expect(law.slopeError).toBeLessThan(1e-12)
  })
})

describe('error bars', () => {
  it('of a few numbers are wide enough that two of them hold 95 %', () => {
    const random = noise(7)
    const normalish = (): number => Array.from({ length: 12 }, random).reduce((a, b) => a + b, 0) / 2
    for (const count of [3, 5, 10]) {
      let inside = 0
      for (let go = 0; go < 4000; go++) {
        const { mean, error } = meanOf(Array.from({ length: count }, normalish))
        if (Math.abs(mean) <= 2 * error) inside++
      }
      expect(inside / 4000).toBeGreaterThan(0.94)
      expect(inside / 4000).toBeLessThan(0.965)
    }
    expect(meanOf([1]).error).toBeNaN()
  })

  it('of a fitted power hold the power it was made with', () => {
    const random = noise(11)
    let inside = 0
    for (let go = 0; go < 2000; go++) {
      const points = [64, 128, 256, 512].map((size) => ({
        size,
        value: size ** -0.5 * Math.exp(0.1 * (random() + random() + random())),
      }))
      const { slope, slopeError } = fitPowerLaw(points)
      if (Math.abs(slope + 0.5) <= 2 * slopeError) inside++
    }
    expect(inside / 2000).toBeGreaterThan(0.93)
    expect(inside / 2000).toBeLessThan(0.97)
  })
})

describe('the report', () => {
  it('is one file: nothing in it is fetched from elsewhere', async () => {
    const html = renderReport(await syntheticReport())
    expect(html).not.toMatch(/<script|<img|@import|url\(|src=|href="http/)
    expect(html.match(/<svg/g)?.length).toBe(5)
  })

  it('shows text as text and colours of the page as variables', async () => {
    const html = renderReport(await syntheticReport())
    expect(html).toContain('&lt;through&gt;')
    expect(html).toContain('var(--fig-text)')
    expect(escapeHtml('<a & "b">')).toBe('&lt;a &amp; &quot;b&quot;&gt;')
    expect(inlineSvg('<?xml version="1.0"?>\n<svg fill="#20242b"/>')).toBe('<svg fill="var(--fig-text)"/>')
  })
})
