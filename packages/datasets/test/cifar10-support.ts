/** Records of CIFAR-10: labels from `first` on, bytes that all differ from their neighbours. */
export function batch(n: number, first = 0): Uint8Array {
  const out = new Uint8Array(n * 3073)
  for (let i = 0; i < out.length; i++) {
    const [image, at] = [Math.floor(i / 3073), i % 3073]
    out[i] = at === 0 ? (first + image) % 10 : (at * 37 + image * 11 + (at >> 7)) % 256
  }
  return out
}

/** A tar archive (ustar) of files by path. */
export function tar(
  files: Readonly<Record<string, Uint8Array>>,
  { statedSize }: { readonly statedSize?: number } = {},
): Uint8Array {
  const blocks: Uint8Array[] = []
  const ascii = new TextEncoder()
  for (const [path, bytes] of Object.entries(files)) {
    const header = new Uint8Array(512)
    header.set(ascii.encode(path))
    header.set(ascii.encode((statedSize ?? bytes.length).toString(8).padStart(11, '0')), 124)
    header.set(ascii.encode('0'), 156)
    header.set(ascii.encode('ustar\u000000'), 257)
    header.fill(32, 148, 156)
    const sum = header.reduce((a, b) => a + b, 0)
    header.set(ascii.encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148)
    const body = new Uint8Array(512 * Math.ceil(bytes.length / 512))
    body.set(bytes)
    blocks.push(header, body)
  }
  blocks.push(new Uint8Array(1024))
  return Uint8Array.from(blocks.flatMap((block) => [...block]))
}
