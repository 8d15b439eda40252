import { buildTensorflow } from '@ntk/backend-tfjs/node'
import { folder } from './folder.js'
import type { Row } from './row.js'

export const tfjsRows: readonly Row[] = [
  {
    name: 'buildTensorflow',
    type: 'BuildTensorflowOptions',
    call: (o) => buildTensorflow(o),
    good: { from: folder, device: 'tensorflow', signal: new AbortController().signal },
    required: ['from'],
    // the folder has no tensorflow
    fails: 'file',
  },
]
