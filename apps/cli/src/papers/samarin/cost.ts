import type { Architecture } from './networks.js'

/** Layers with weights: a window of so many pixels, channels at width factor 1, the stride, and the pool behind them. */
interface Convolution {
  readonly window: number
  readonly channels: number
  readonly stride: number
  readonly shrinks: boolean
  readonly pool: { readonly size: number } | null
}

const conv = (
  window: number,
  channels: number,
  pool: number | null,
  more: Partial<Convolution> = {},
): Convolution => ({
  window,
  channels,
  stride: 1,
  shrinks: false,
  pool: pool === null ? null : { size: pool },
  ...more,
})

const shapes: Readonly<
  Record<Architecture, { readonly convolutions: readonly Convolution[]; readonly dense: readonly number[] }>
> = {
  lenet: { convolutions: [conv(5, 6, 2), conv(5, 16, 2, { shrinks: true })], dense: [120, 84] },
  alexnet: {
    convolutions: [
      conv(11, 64, 3, { stride: 4 }),
      conv(5, 192, 3),
      conv(3, 384, null),
      conv(3, 256, null),
      conv(3, 256, 3),
    ],
    dense: [4096, 4096],
  },
}

/** What a network does for one image of so many pixels a side. */
export interface Work {
  /** Numbers that layers give and what patches of convolutions hold. */
  readonly numbers: number
  readonly products: number
  readonly parameters: number
}

export function workOf(
  architecture: Architecture,
  factor: number,
  side: number,
  channels: number,
  out = 10,
): Work {
  const { convolutions, dense } = shapes[architecture]
  let [size, inputs, numbers, products, parameters] = [side, channels, 0, 0, 0]
  for (const { window, channels: plain, stride, shrinks, pool } of convolutions) {
    const outputs = Math.max(1, Math.round(plain * factor))
    const own = Math.max(1, shrinks ? size - window + 1 : Math.ceil(size / stride))
    numbers += own ** 2 * (outputs + window ** 2 * inputs)
    products += own ** 2 * window ** 2 * inputs * outputs
    parameters += window ** 2 * inputs * outputs
    size = pool === null ? own : Math.max(1, Math.floor((own - pool.size) / 2) + 1)
    inputs = outputs
  }
  inputs *= size ** 2
  for (const width of [...dense.map((one) => one * factor), out]) {
    products += inputs * width
    parameters += inputs * width
    numbers += width
    inputs = width
  }
  return { numbers, products, parameters }
}

/** Seconds of one step of a network and of its linearization on two cores, float32. */
export function secondsOfStep(
  { numbers, products, parameters }: Work,
  batch: number,
): { network: number; linearized: number } {
  const own = batch * (numbers * 8e-9 + products * 3e-10) + parameters * 1.2e-8
  // Small networks cost what their operations do, whatever their sizes.
  return { network: 7e-3 + own, linearized: 4e-3 + 1.8 * own }
}

/** Seconds of the outputs for one image. */
export function secondsOfOutputs({ numbers, products }: Work): { network: number; linearized: number } {
  const network = numbers * 3e-9 + products * 1e-10
  return { network, linearized: 2.2 * network }
}
