/** A function a min(x, 0) + b max(x, 0) by its slopes on the negative and on the positive side. A sum of such is one again. */
export interface Slopes<N = number> {
  readonly a: N
  readonly b: N
}
