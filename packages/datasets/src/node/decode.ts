import { NtkError } from '@ntk/tensor'
import { decode as decodePng } from 'fast-png'
import jpeg from 'jpeg-js'

/** Pixels of one image, [height, width, 3] in [0, 1]. */
export interface Pixels {
  readonly height: number
  readonly width: number
  readonly data: Float64Array
}

/**
 * A PNG or JPEG, told by its first bytes and not by its name. Grey becomes three equal channels, 16 bits keep their precision, transparency is
 * dropped, the orientation of EXIF is not applied. Throws NtkError 'data' naming the file where it is cut off, damaged, or another format.
 */
export function decodeImage(bytes: Uint8Array, path: string): Pixels {
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return reading(path, 'PNG', () => fromPng(bytes))
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return reading(path, 'JPEG', () => fromJpeg(bytes))
  throw new NtkError('data', {
    what: `${path} is no PNG and no JPEG.`,
    got: bytes.length === 0 ? 'an empty file' : 'other bytes at its start',
    fix: 'Convert the image, or take it out of the folder.',
  })
}

function reading(path: string, format: string, decode: () => Pixels): Pixels {
  try {
    return decode()
  } catch (cause) {
    throw damaged(path, format, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function damaged(path: string, format: string, got: string, cause?: unknown): NtkError {
  return new NtkError('data', {
    what: `${path} is cut off or damaged: it does not decode as ${format}.`,
    got: got.trim(),
    fix: 'Copy the image again, or take it out of the folder.',
    cause,
  })
}

function fromJpeg(bytes: Uint8Array): Pixels {
  // Strictly: what the format does not allow is an error, where the decoder would otherwise go on with what it has.
  const { height, width, data } = jpeg.decode(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
  })
  return { height, width, data: Float64Array.from(data, (v) => v / 255) }
}

function fromPng(bytes: Uint8Array): Pixels {
  const { height, width, depth, channels, data, palette } = decodePng(bytes, { checkCrc: true })
  const most = 2 ** depth - 1
  const samples = depth < 8 ? unpacked(data, height, width * channels, depth) : data
  const out = new Float64Array(height * width * 3)
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) {
      if (palette !== undefined) {
        const colour = palette[samples[i] as number]
        if (colour === undefined) throw new Error(`colour ${samples[i]} of ${palette.length} in the palette`)
        out[3 * i + c] = (colour[c] as number) / 255
      } else {
        const channel = channels < 3 ? 0 : c
        out[3 * i + c] = (samples[i * channels + channel] as number) / most
      }
    }
  }
  return { height, width, data: out }
}

/** Lines of samples of fewer than 8 bits, each line from a byte of its own on. */
function unpacked(data: ArrayLike<number>, lines: number, perLine: number, depth: number): Uint8Array {
  const bytes = Math.ceil((perLine * depth) / 8)
  const out = new Uint8Array(lines * perLine)
  for (let line = 0; line < lines; line++)
    for (let i = 0; i < perLine; i++) {
      const bit = i * depth
      const byte = data[line * bytes + (bit >> 3)] as number
      out[line * perLine + i] = (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1)
    }
  return out
}
