/** Files, texts and records as a broken disk, a slip of the hand or malice leave them. Each mutant follows its random numbers. */
import { oneOf } from './random.js'

const below = (n: number, next: () => number): number => Math.floor(next() * n)

/** A few faults in bytes: some changed, taken away, doubled, put in, or cut off. */
export function mutateBytes(bytes: Uint8Array, next: () => number): Uint8Array {
  let out: Uint8Array = bytes.slice()
  for (let faults = 1 + below(4, next); faults > 0 && out.length > 0; faults--) {
    const at = below(out.length, next)
    const length = 1 + below(Math.min(16, out.length - at), next)
    const head = out.subarray(0, at)
    const faulty: readonly (() => Uint8Array)[] = [
      () => out.map((byte, i) => (i === at ? byte ^ (1 << below(8, next)) : byte)),
      () => out.map((byte, i) => (i >= at && i < at + length ? below(256, next) : byte)),
      () => out.map((byte, i) => (i >= at && i < at + length ? oneOf([0, 0xff, 0x7f, 0x80], next) : byte)),
      () => joined(head, out.subarray(at + length)),
      () => joined(head, out.subarray(at, at + length), out.subarray(at)),
      () =>
        joined(
          head,
          Uint8Array.from({ length }, () => below(256, next)),
          out.subarray(at),
        ),
      () => head.slice(),
    ]
    out = oneOf(faulty, next)()
  }
  return out
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

/** What YAML, TOML and JSON give a meaning, numbers at their limits, names of JavaScript's own, and letters of several bytes. */
const words: readonly string[] = [
  '0 -0 -1 1e9 1e308 1e999 5e-324 99999999999999999999 0x10 0o7 1_000 NaN nan .nan .inf -.inf inf',
  'null ~ true yes on {} [] [[]] {a: 1} [1,2] "" "a ---',
  '__proto__ constructor toString hasOwnProperty length then &a *a <<: !!binary !!str !!set !!js/function',
  ': , - # = [ ] { } | > ? ! % @ \\u0000 💥 ß',
].flatMap((line) => line.split(' '))

/** A few faults in a text: words for other words, lines taken away, doubled or moved in, letters dropped or put in. */
export function mutateText(text: string, next: () => number): string {
  let out = text
  for (let faults = 1 + below(3, next); faults > 0; faults--) {
    const lines = out.split('\n')
    const line = below(lines.length, next)
    const at = below(out.length + 1, next)
    const pieces = out.split(/(\b\w+\b)/)
    const piece = below(pieces.length, next)
    const faulty: readonly (() => string)[] = [
      () => pieces.map((p, i) => (i === piece ? oneOf(words, next) : p)).join(''),
      () => lines.filter((_, i) => i !== line).join('\n'),
      () => [...lines.slice(0, line + 1), lines[line], ...lines.slice(line + 1)].join('\n'),
      () => lines.map((l, i) => (i === line ? `  ${l}` : l)).join('\n'),
      () => out.slice(0, at) + oneOf(words, next) + out.slice(at),
      () => out.slice(0, at) + out.slice(at + 1),
      () => out.slice(0, at),
    ]
    out = oneOf(faulty, next)()
  }
  return out
}

/** Plain data that a JSON file can hold where something else is due. */
const junk: readonly (() => unknown)[] = [
  ...[null, true, false, '', 'abc', 'Relu', 'Dense', '__proto__', 'ntk', 'auto', 'none', '1e9'].map(
    (value) => () => value,
  ),
  ...[0, -1, 1, 2, 0.5, 1e-9, 7.5, 2 ** 31, 1e9, 2 ** 53, 1e308, -1e308].map((value) => () => value),
  () => [],
  () => ({}),
  () => [1, [2, [3]]],
  () => [null],
  () => ['Dense', { out: 3 }],
  () => ['Dense'],
  () => ['Relu', {}],
  () => ['serial'],
  () => ['serial', ['Relu'], ['Flatten']],
  () => ['FanOut', { n: 2 }],
  () => ['FanInSum'],
  () => ['repeat', { n: 1e6 }, ['Relu']],
  () => JSON.parse('{"__proto__": {"out": 3}, "constructor": 1}') as unknown,
]

/** A copy of plain data with something else in a place or two: another value, a part of itself, an entry less or more. */
export function mutateData(data: unknown, next: () => number): unknown {
  const whole = { data: structuredClone(data) }
  for (let faults = 1 + below(2, next); faults > 0; faults--) {
    const places = placesOf(whole)
    const { owner, key } = oneOf(places, next)
    const value = oneOf(junk, next)()
    const faulty: readonly (() => void)[] = [
      () => put(owner, key, value),
      () => put(owner, key, structuredClone(readAt(oneOf(places, next)))),
      () => put(owner, oneOf(['out', 'n', 'name', '__proto__', 'train', 'hidden', 'x'], next), value),
      () => {
        if (Array.isArray(owner)) owner.splice(Number(key), 1)
        else if (owner !== whole) delete owner[key]
      },
      () => {
        if (Array.isArray(owner)) owner.splice(Number(key), 0, value)
        else put(owner, key, [readAt({ owner, key })])
      },
    ]
    oneOf(faulty, next)()
  }
  return whole.data
}

interface Place {
  readonly owner: { [key: string]: unknown }
  readonly key: string
}

const readAt = ({ owner, key }: Place): unknown => owner[key]

/** As JSON.parse does it: an entry of its own, whatever its name. */
function put(owner: object, key: string, value: unknown): void {
  if (Array.isArray(owner) && !/^\d+$/.test(key)) return
  Object.defineProperty(owner, key, { value, writable: true, enumerable: true, configurable: true })
}

function placesOf(root: object): Place[] {
  const places: Place[] = []
  const walk = (owner: { [key: string]: unknown }): void => {
    for (const key of Object.keys(owner)) {
      places.push({ owner, key })
      const value = owner[key]
      if (typeof value === 'object' && value !== null) walk(value as { [key: string]: unknown })
    }
  }
  walk(root as { [key: string]: unknown })
  return places
}
