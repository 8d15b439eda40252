/** from, from + 1, ..., from + n − 1. */
export const range = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => from + i)
