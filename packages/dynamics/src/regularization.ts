export interface Regularization {
  /** Added to the diagonal of the kernel of the training set, as a multiple of its mean. */
  readonly diagReg?: number | undefined
  /** Take `diagReg` as it is. */
  readonly diagRegAbsolute?: boolean | undefined
}
