import { requireFunction } from './options/require.js'

/** How many transformations are running, one inside the other. Counted here, where ops and scopes can ask. */
let depth = 0

/** The number of transformations that are running now; 0 outside of all. */
export function currentDepth(): number {
  return depth
}

/** Runs `body` with a level above all that are running, and gives the level back however `body` ends. */
export function withLevel<T>(body: (level: number) => T): T {
  requireFunction(body, 'The body of withLevel')
  const level = ++depth
  try {
    return body(level)
  } finally {
    depth = level - 1
  }
}
