import { fanInSumType } from '../combinators/fan-in-sum.js'
import { fanOutType } from '../combinators/fan-out.js'
import { parallelType } from '../combinators/parallel.js'
import { repeatType } from '../combinators/repeat.js'
import { serialType } from '../combinators/serial.js'
import { abReluTypes } from '../layers/ab-relu.js'
import { denseType } from '../layers/dense.js'
import { erfType } from '../layers/erf.js'
import { flattenType } from '../layers/flatten.js'
import { identityType } from '../layers/identity.js'
import type { LayerType } from './layer-type.js'

/** Every name of the spec language. A new layer is a file of its own and an entry here. */
export const layerTypes: readonly LayerType[] = [
  serialType,
  parallelType,
  repeatType,
  fanOutType,
  fanInSumType,
  identityType,
  denseType,
  flattenType,
  ...abReluTypes,
  erfType,
]
