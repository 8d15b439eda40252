const holdsNumbers = (v: unknown): boolean =>
  typeof v === 'number' || Array.isArray(v) || ArrayBuffer.isView(v)

/** What someone who gave this in place of a tensor may have meant. */
export function hintOfTensor(value: unknown): string | undefined {
  if (holdsNumbers(value)) return 'Make one with tensor(...).'
  return typeof value === 'object' && value !== null && 'then' in value ? 'Await it first.' : undefined
}
