import { backendContract } from '@ntk/tensor/contract'
import { describe, it } from 'vitest'
import { backendOf } from '../src/backend.js'
import { compiler } from './stand-in/compiler.js'
import { standIn } from './stand-in/index.js'

describe.skipIf(compiler === null)('cuda on the stand-in (skipped without a C compiler)', () => {
  backendContract(() => backendOf(standIn().api, 0).backend, { describe, it })
})
