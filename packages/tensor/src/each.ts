/** The same entry under each of these names: a family in a table. */
export function each<K extends string, R>(names: readonly K[], entry: R): Record<K, R> {
  return eachOf(names, () => entry)
}

/** What `make` gives for each of these names, under the name. */
export function eachOf<K extends string, R>(names: readonly K[], make: (name: K) => R): Record<K, R> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<K, R>
}

/** Whether a name is one of the list. */
export function isOneOf<K extends string>(list: readonly K[], name: string): name is K {
  return (list as readonly string[]).includes(name)
}
