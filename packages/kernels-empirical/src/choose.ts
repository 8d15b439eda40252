import type { Program } from '@ntk/autodiff'
import { bytesPerElement, NtkError, type Tensor } from '@ntk/tensor'
import type { Flow } from './analysis/flow.js'
import type { Engine, Task } from './engine.js'
import { jacobianContraction } from './generic/jacobian.js'
import { vectorProducts } from './generic/vector-products.js'
import type { NtkOptions } from './options.js'
import { structuredDerivatives } from './structured/engine.js'

export interface Choice {
  readonly engine: Engine<unknown>
  /** Rows of a block a side. */
  readonly size: number
  /** Sides kept at once. */
  readonly keep: number
}

export function chooseEngine(
  task: Task,
  program: Program,
  flow: Flow,
  x1: Tensor,
  x2: Tensor | null,
  o: NtkOptions,
): Choice {
  const bounded = { ...task, maxNumbers: 2 ** 24 }
  const size = task.independent ? (o.batchSize ?? 128) : Number.MAX_SAFE_INTEGER
  switch (o.implementation ?? 'auto') {
    case 'jacobian-contraction':
      return { engine: jacobianContraction(bounded) as Engine<unknown>, size, keep: 2 }
    case 'ntk-vector-products':
      return { engine: vectorProducts(bounded) as Engine<unknown>, size, keep: 2 }
    case 'auto':
    case 'structured-derivatives':
      return { engine: structuredDerivatives(bounded) as Engine<unknown>, size, keep: 2 }
    default:
      throw new NtkError('option', { what: 'No such implementation.', got: String(o.implementation) })
  }
}
