import { tfjsBackend } from '@ntk/backend-tfjs'
import { buildTensorflow } from '@ntk/backend-tfjs/node'
import { folder } from './folder.js'
import type { Row } from './row.js'

export const tfjsRows: readonly Row[] = [
  {
    name: 'tfjsBackend',
    type: 'TfjsOptions',
    call: (o) => tfjsBackend(o),
    good: { device: 'wasm', memoryLimit: 2 ** 20 },
  },
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
