/**
 * Whatever arguments it is given, every exported function works or ends in an NtkError, soon. `pnpm fuzz --minutes 30` goes on with
 * other seeds for that long; FUZZ_SEED and FUZZ_ROUNDS choose what one run does.
 */
import * as autodiff from '@ntk/autodiff'
import * as datasets from '@ntk/datasets'
import * as dynamics from '@ntk/dynamics'
import * as analytic from '@ntk/kernels-analytic'
import * as empirical from '@ntk/kernels-empirical'
import * as optim from '@ntk/optim'
import * as stax from '@ntk/stax'
import * as tensor from '@ntk/tensor'
import * as tiles from '@ntk/tiles'
import { expect, test } from 'vitest'
import { apart } from './apart.js'
import { fuzz } from './fuzz.js'
import { plan } from './try.js'

const modules = { tensor, autodiff, stax, optim, datasets, dynamics, analytic, empirical, tiles }
const { seed, rounds } = plan
const minutes = plan.minutes / 2

test.each(Object.entries(modules))('%s', { timeout: 120_000 + minutes * 60_000 }, async (name, module) => {
  const end = Date.now() + (minutes * 60_000) / Object.keys(modules).length
  // One of a kind: the others go with it.
  const found = new Map<string, object>()
  let calls = 0
  for (let k = 0; (k === 0 || Date.now() < end) && found.size < 20; k++) {
    const result = await fuzz(module, name, { seed: seed + k, rounds, apart })
    calls += result.calls
    for (const finding of result.findings) {
      const kind = `${finding.name}: ${finding.what.replaceAll(/\d+/g, '')}`
      if (!found.has(kind)) found.set(kind, { ...finding, seed: seed + k })
    }
  }
  if (minutes > 0) console.log(`${name}: ${calls} calls`)
  expect([...found.values()]).toEqual([])
})
