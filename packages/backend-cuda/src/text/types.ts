import type { DType } from '@ntk/tensor'

/** The C type of the numbers of a dtype. */
export const cTypes: Readonly<Record<DType, string>> = {
  float64: 'double',
  float32: 'float',
  int32: 'int',
  bool: 'u8',
}

/** The numbers at argument k. */
export const at = (dtype: DType, k: number): string => `((${cTypes[dtype]}*)a.v[${k}])`
