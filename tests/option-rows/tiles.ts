import { ones } from '@ntk/tensor'
import { memorySink, planTiles, walkTiles } from '@ntk/tiles'
import { directory } from '@ntk/tiles/node'
import type { Row } from './row.js'

const plan = { n1: 2, n2: 2, symmetric: false, tile: 2 }

export const tilesRows: readonly Row[] = [
  {
    name: 'planTiles',
    type: 'PlanOptions',
    call: (o) => planTiles(o),
    good: plan,
    required: Object.keys(plan),
  },
  {
    name: 'directory',
    type: 'DirectoryOptions',
    call: (o) => directory('tiles', o),
    good: { resume: false },
  },
  {
    name: 'walkTiles',
    type: 'WalkOptions',
    call: (o) => walkTiles(o),
    good: {
      splits: false,
      what: 'The walk',
      plan: planTiles(plan),
      arrays: [{ name: 'k', over: 'pairs', trailing: [], exchanged: [], dtype: 'float64' }],
      compute: () => ({ k: ones([2, 2]) }),
      job: () => ({}),
      sink: memorySink,
      shard: '1/1',
      onProgress: () => undefined,
      signal: new AbortController().signal,
    },
    required: ['what', 'plan', 'arrays', 'compute', 'job'],
  },
]
