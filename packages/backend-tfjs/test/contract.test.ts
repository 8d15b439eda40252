import { tfjsBackend } from '@ntk/backend-tfjs'
import { backendContract } from '@ntk/tensor/contract'
import { describe, it } from 'vitest'

describe('tfjs on WebAssembly', () => {
  backendContract(
    () => tfjsBackend({ device: 'wasm' }),
    { describe, it },
    {
      // fmin and fmax of C know no order of zeros
      signedZeros: false,
      skip: [
        {
          match: /^(sin|cos) of float32/,
          reason: 'its polynomial is off by up to 2e-7 where the result is small',
        },
      ],
    },
  )
})

describe('tfjs in plain JavaScript', () => {
  backendContract(
    () => tfjsBackend({ device: 'javascript' }),
    { describe, it },
    {
      signedZeros: false,
      skip: [
        {
          match: /^mul of int32 .*special/,
          reason: 'it multiplies int32 in doubles, which large products overflow',
        },
      ],
    },
  )
})
