import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as vega from 'vega'

/** The family of all text in figures; its files come with the package, so a figure is the same on every machine. */
export const fontFamily = 'Inter'

const require = createRequire(import.meta.url)

/** Paths of the font files: regular and semibold. */
export function fontFiles(): string[] {
  return [
    require.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf'),
    require.resolve('@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf'),
  ]
}

/** Width of a text in units of the font size. */
export type Measure = (text: string) => number

/**
 * Reads the advance widths out of a TrueType file: tables head (units), hhea and hmtx (widths), cmap format 4 (which
 * glyph a character has). Source: the OpenType specification.
 */
export function measureFont(bytes: Uint8Array): Measure {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const tables = new Map<string, number>()
  for (let i = 0; i < view.getUint16(4); i++) {
    const entry = 12 + 16 * i
    tables.set(String.fromCharCode(...bytes.subarray(entry, entry + 4)), view.getUint32(entry + 8))
  }
  const table = (name: string): number => {
    const offset = tables.get(name)
    if (offset === undefined) throw new Error(`the font has no table ${name}`)
    return offset
  }
  const units = view.getUint16(table('head') + 18)
  const metrics = view.getUint16(table('hhea') + 34)
  const glyphOf = characterMap(view, table('cmap'))
  const hmtx = table('hmtx')
  const advance = (glyph: number): number => view.getUint16(hmtx + 4 * Math.min(glyph, metrics - 1)) / units
  return (text) => [...text].reduce((sum, letter) => sum + advance(glyphOf(letter.codePointAt(0) ?? 0)), 0)
}

function characterMap(view: DataView, cmap: number): (code: number) => number {
  let map = -1
  for (let i = 0; i < view.getUint16(cmap + 2); i++) {
    const candidate = cmap + view.getUint32(cmap + 4 + 8 * i + 4)
    if (view.getUint16(candidate) === 4) map = candidate
  }
  if (map < 0) throw new Error('the font has no character map of format 4')
  const segments = view.getUint16(map + 6) / 2
  const ends = map + 14
  const starts = ends + 2 * segments + 2
  const deltas = starts + 2 * segments
  const offsets = deltas + 2 * segments
  return (code) => {
    for (let s = 0; s < segments; s++) {
      if (code > view.getUint16(ends + 2 * s)) continue
      const start = view.getUint16(starts + 2 * s)
      if (code < start) return 0
      const delta = view.getUint16(deltas + 2 * s)
      const offset = view.getUint16(offsets + 2 * s)
      if (offset === 0) return (code + delta) & 0xffff
      const glyph = view.getUint16(offsets + 2 * s + offset + 2 * (code - start))
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff
    }
    return 0
  }
}

interface TextItem {
  readonly fontSize?: number
  readonly fontWeight?: string | number
}

let installed = false

/**
 * Makes vega measure text with the widths of our font. Away from a browser it guesses otherwise, 40 % too wide,
 * and legends and titles stand apart from what they belong to.
 */
export function installTextMetrics(): void {
  if (installed) return
  const [regular, bold] = fontFiles().map((file) => measureFont(new Uint8Array(readFileSync(file))))
  const metrics: unknown = Reflect.get(vega, 'textMetrics')
  if (regular === undefined || bold === undefined || typeof metrics !== 'object' || metrics === null) return
  Reflect.set(metrics, 'width', (item: TextItem, text: unknown): number => {
    const heavy = item.fontWeight === 'bold' || Number(item.fontWeight) >= 600
    return (heavy ? bold : regular)(String(text ?? '').trim()) * (item.fontSize ?? 11)
  })
  installed = true
}
