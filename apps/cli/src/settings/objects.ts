export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a path, undefined where there is none. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value
  for (const part of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, part)) return undefined
    here = Reflect.get(here, part)
  }
  return here
}

/** Sets the value at a path of nested plain objects, making those that are missing. */
export function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first, ...rest] = path
  if (first === undefined) return
  if (rest.length === 0) {
    target[first] = value
    return
  }
  const next = target[first]
  const inner: Record<string, unknown> = isPlainObject(next) ? next : {}
  target[first] = inner
  setAt(inner, rest, value)
}

/** `over` laid on `base`: objects key by key, everything else (lists too) replaced. */
export function merge(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const merged = new Map(Object.entries(base))
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key)
    merged.set(key, isPlainObject(below) && isPlainObject(value) ? merge(below, value) : value)
  }
  return Object.fromEntries(merged)
}
