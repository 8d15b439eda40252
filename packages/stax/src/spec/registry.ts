import { fanInTypes } from '../combinators/fan-in.js'
import { fanInSumType } from '../combinators/fan-in-sum.js'
import { fanOutType } from '../combinators/fan-out.js'
import { parallelType } from '../combinators/parallel.js'
import { repeatType } from '../combinators/repeat.js'
import { serialType } from '../combinators/serial.js'
import { abReluTypes } from '../layers/ab-relu.js'
import { activationTypes } from '../layers/activations.js'
import { attentionType } from '../layers/attention.js'
import { convType } from '../layers/conv.js'
import { convLocalType } from '../layers/conv-local.js'
import { convTransposeType } from '../layers/conv-transpose.js'
import { denseType } from '../layers/dense.js'
import { dropoutType } from '../layers/dropout.js'
import { erfType } from '../layers/erf.js'
import { flattenType } from '../layers/flatten.js'
import { identityType } from '../layers/identity.js'
import { normalizationTypes } from '../layers/normalization.js'
import { poolTypes } from '../layers/pool.js'
import type { LayerType } from './layer-type.js'

/** Every name of the spec language. A new layer is a file of its own and an entry here. */
export const layerTypes: readonly LayerType[] = [
  serialType,
  parallelType,
  repeatType,
  fanOutType,
  fanInSumType,
  ...fanInTypes,
  identityType,
  denseType,
  convType,
  convLocalType,
  convTransposeType,
  ...poolTypes,
  flattenType,
  ...normalizationTypes,
  dropoutType,
  attentionType,
  ...abReluTypes,
  erfType,
  ...activationTypes,
]
