/** Layers of activations whose kernels are shown. */
export const depths: readonly number[] = [1, 2, 4, 8, 16]
/** Correlations of a pair of inputs. */
export const correlations: readonly number[] = Array.from({ length: 61 }, (_, i) => -1 + i / 30)
/** Where the function is shown. */
export const inputs: readonly number[] = Array.from({ length: 121 }, (_, i) => -3 + i / 20)
/** Where a drawn function has its handles. */
export const knots: readonly number[] = [-2, -1, 0, 1, 2]
