const [headerBytes, colours] = [54, 256]

/** From dark blue over grey to pale yellow, even in lightness, so that it reads without colour too. */
const colourAt = (share: number): readonly [number, number, number] => [
  20 + 235 * share,
  30 + 205 * share,
  80 + 90 * share,
]

/**
 * A square matrix as a picture, one pixel an entry, from the smallest to the largest: a bitmap in a data URL, so that it needs no canvas and
 * is made alike in a page and when the site is built.
 */
export function heatmap(values: readonly number[], size: number): string {
  const stride = Math.ceil(size / 4) * 4
  const offset = headerBytes + 4 * colours
  const bytes = new Uint8Array(offset + stride * size)
  const view = new DataView(bytes.buffer)
  bytes.set([0x42, 0x4d])
  view.setUint32(2, bytes.length, true)
  view.setUint32(10, offset, true)
  view.setUint32(14, 40, true)
  view.setInt32(18, size, true)
  // A negative height: rows from the top down.
  view.setInt32(22, -size, true)
  view.setUint16(26, 1, true)
  view.setUint16(28, 8, true)
  view.setUint32(46, colours, true)
  for (let i = 0; i < colours; i++) {
    const [red, green, blue] = colourAt(i / (colours - 1))
    bytes.set([blue, green, red, 0], headerBytes + 4 * i)
  }
  const low = values.reduce((a, b) => Math.min(a, b), Infinity)
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity)
  const scale = high > low ? (colours - 1) / (high - low) : 0
  values.forEach((value, i) => {
    bytes[offset + Math.floor(i / size) * stride + (i % size)] = Math.round((value - low) * scale)
  })
  return `data:image/bmp;base64,${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`
}
