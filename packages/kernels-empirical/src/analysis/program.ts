import type { Atom } from '@ntk/autodiff'

/** Index of a variable; -1 for a constant. */
export const indexOf = (atom: Atom): number => (atom.value === null ? atom.index : -1)
