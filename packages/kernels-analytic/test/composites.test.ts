import { cpuBackend } from '@ntk/tensor'
import { compositeContract } from '@ntk/tensor/contract'
import { describe, it } from 'vitest'
import {
  dualAbReluComposite,
  dualErfComposite,
  dualSeriesComposite,
  dualStackComposite,
  dualStackIntoComposite,
  dualStackVarianceComposite,
  gramStackIntoComposite,
  spaceKernelComposite,
  spaceVarianceComposite,
} from '../src/index.js'

describe('the duals that the CPU fuses', () => {
  const cpu = (): ReturnType<typeof cpuBackend> => cpuBackend()
  compositeContract(cpu, dualAbReluComposite, { it })
  compositeContract(cpu, dualErfComposite, { it })
  compositeContract(cpu, dualSeriesComposite, { it })
  compositeContract(cpu, dualStackComposite, { it })
  compositeContract(cpu, dualStackIntoComposite, { it })
  compositeContract(cpu, gramStackIntoComposite, { it })
  compositeContract(cpu, dualStackVarianceComposite, { it })
  compositeContract(cpu, spaceKernelComposite, { it })
  compositeContract(cpu, spaceVarianceComposite, { it })
})
