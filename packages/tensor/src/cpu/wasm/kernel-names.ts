import type { BinaryName, UnaryName } from './types.js'

/** Exports that work in place on a float64 chunk. */
export type UnaryKernel =
  | 'exp64'
  | 'expm1_64'
  | 'log64'
  | 'log1p64'
  | 'sin64'
  | 'cos64'
  | 'tan64'
  | 'asin64'
  | 'acos64'
  | 'atan64'
  | 'sinh64'
  | 'cosh64'
  | 'tanh64'
  | 'asinh64'
  | 'acosh64'
  | 'atanh64'
  | 'erf64'
  | 'erfc64'
  | 'erfInv64'
  | 'sqrt64'
  | 'rsqrt64'
  | 'logistic64'

/** Exports that work on two float64 chunks, into the first. */
export type BinaryKernel = 'pow64' | 'atan2_64'

export const unaryKernels: Readonly<Record<UnaryName, UnaryKernel>> = {
  exp: 'exp64',
  expm1: 'expm1_64',
  log: 'log64',
  log1p: 'log1p64',
  sin: 'sin64',
  cos: 'cos64',
  tan: 'tan64',
  asin: 'asin64',
  acos: 'acos64',
  atan: 'atan64',
  sinh: 'sinh64',
  cosh: 'cosh64',
  tanh: 'tanh64',
  asinh: 'asinh64',
  acosh: 'acosh64',
  atanh: 'atanh64',
  erf: 'erf64',
  erfc: 'erfc64',
  erfInv: 'erfInv64',
  sqrt: 'sqrt64',
  rsqrt: 'rsqrt64',
  logistic: 'logistic64',
}

export const binaryKernels: Readonly<Record<BinaryName, BinaryKernel>> = { pow: 'pow64', atan2: 'atan2_64' }
