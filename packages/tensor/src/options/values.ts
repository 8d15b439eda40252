/** Rules for options that hold dtypes, backends and keys. */
import type { Backend } from '../backend.js'
import { isBackend } from '../check-backend.js'
import { type DType, dtypes, type FloatDType } from '../dtype.js'
import { isKey, type Key } from '../random/key.js'
import { oneOf, rule } from './kinds.js'
import type { Rule } from './rule.js'

export const aDType = (byDefault?: DType): Rule<DType> => ({ ...oneOf(dtypes, byDefault), code: 'dtype' })

export const aFloatDType = (byDefault?: FloatDType): Rule<FloatDType> => ({
  ...oneOf(['float64', 'float32'], byDefault),
  code: 'dtype',
})

export const aBackend = (): Rule<Backend> => rule('a backend', isBackend)

export const aKey = (): Rule<Key> => ({
  ...rule<Key>('a random key', isKey),
  hint: (v) => (Number.isSafeInteger(v) ? `Write key(${v}).` : 'Make one with key(seed).'),
})
