/** Functions with options, each with a good value for every option: the table of options.test.ts. */
import { autodiffRows } from './autodiff.js'
import { datasetsRows } from './datasets.js'
import { dynamicsRows } from './dynamics.js'
import { empiricalRows } from './empirical.js'
import { kernelsRows } from './kernels.js'
import { optimRows } from './optim.js'
import { regressionRows } from './regression.js'
import type { Row } from './row.js'
import { staxRows } from './stax.js'
import { tensorRows } from './tensor.js'
import { tfjsRows } from './tfjs.js'
import { tilesRows } from './tiles.js'

export const rows: readonly Row[] = [
  ...tensorRows,
  ...autodiffRows,
  ...kernelsRows,
  ...empiricalRows,
  ...tilesRows,
  ...staxRows,
  ...dynamicsRows,
  ...optimRows,
  ...datasetsRows,
  ...regressionRows,
  ...tfjsRows,
]
