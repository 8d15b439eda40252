const longest = 60

/** A value for a message: short, on one line, and whatever it is. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = textOf(value, 3)
  return text.length > longest ? `${text.slice(0, longest - 3)}...` : text
}

function textOf(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, longest))
  if (typeof value === 'function' || typeof value === 'symbol') return typeof value
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) {
    return depth === 0 ? '[...]' : `[${value.slice(0, longest).map((item) => textOf(item, depth - 1))}]`
  }
  if ('shape' in value && 'dtype' in value) return String(value)
  const made: unknown = Object.getPrototypeOf(value)
  if (made !== null && made !== Object.prototype) {
    const { name } = value.constructor
    return ArrayBuffer.isView(value) ? `${name}(${(value as Uint8Array).length})` : name || 'an object'
  }
  if (depth === 0) return '{...}'
  const entries = Object.entries(value).slice(0, longest)
  return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${textOf(item, depth - 1)}`)}}`
}
