import type { LayerDescription } from '@ntk/kernels-analytic'
import { fromSpec } from '@ntk/stax'
import { NtkError } from '@ntk/tensor'
import pc from 'picocolors'
import { withDtype } from '../../config/device.js'
import { type Estimate, estimateOf, freeMemory, inputShape, whatFits } from '../../estimates/kernel.js'
import { fitsLine, memoryLine, sizeLines } from '../../estimates/lines.js'
import type { Outcome, Prepared, Request } from '../../frame/command.js'
import { requireInfinite } from '../../networks/infinite.js'
import { type Samples, samplesOf } from '../../networks/samples.js'
import { requireBuildable } from '../../networks/size.js'
import { networkSetting, networkSpec } from '../../networks/spec.js'
import { shortNumber } from '../../text/number.js'
import type { DescribeConfig } from './settings.js'

/** `ntk describe`: a table of shapes, and no arrays. */
export function prepareDescribe(request: Request<DescribeConfig>): Prepared {
  const config = withDtype(request.config())
  const spec = networkSpec(config.network, 1)
  requireBuildable(spec, networkSetting(config.network).setting)
  const samples = samplesIn(config, request.io.cwd)
  const { get, at, tile, dtype, sink } = config
  const net = fromSpec(spec)
  if (at === undefined) requireInfinite(net)
  const sizing = { spec, net, get, at, tile, dtype, sink: sink !== undefined }
  return {
    config,
    run: async () => {
      const estimate = estimateOf(sizing, samples)
      const free = freeMemory()
      const fits = estimate.memory.total <= free
      const ways = fits ? [] : whatFits(sizing, samples, free)
      return outcome(estimate, { ...samples, shape: inputShape(spec, samples.shape) }, { free, fits, ways })
    },
  }
}

function samplesIn(config: DescribeConfig, cwd: string): Samples {
  if (config.shape !== undefined) return { n1: config.data.train, n2: null, shape: config.shape }
  const samples = samplesOf(config, cwd)
  if (samples !== null) return samples
  throw new NtkError('file', {
    what: 'The headers of --inputs and --inputs2 must tell how many samples there are, and their shape.',
    got: [config.inputs, config.inputs2].filter((name) => name !== undefined).join(', '),
    fix: 'Check the paths; or give the shape of a sample with --shape, and their number with --train.',
  })
}

interface Room {
  readonly free: number
  readonly fits: boolean
  readonly ways: string[]
}

function outcome(estimate: Estimate, samples: Samples, { free, fits, ways }: Room): Outcome {
  const { description, memory } = estimate
  const { layers, ...whole } = description
  const lines = [
    ...sizeLines(estimate, samples),
    ...errorLines(description),
    memoryLine(estimate, free),
    ...(fits ? [] : [fitsLine(ways)]),
  ]
  return {
    json: {
      inputShape: samples.shape,
      layers,
      ...whole,
      memory: { ...memory, free, fits, parts: description.memory },
      ...(fits ? {} : { wouldFit: ways }),
    },
    text: (colour) => {
      const colours = pc.createColors(colour)
      const width = Math.max(...lines.map(([label]) => label.length))
      const below = lines.map(([label, text]) => `${colours.bold(label.padEnd(width))}  ${text}`)
      const [head = '', ...rows] = tableOf(layers, samples)
      return `${[colours.bold(head), ...rows, '', ...below].join('\n')}\n`
    },
  }
}

/** What is said of numbers: nothing of closed forms. */
function errorLines({ layers, error }: Estimate['description']): (readonly [string, string])[] {
  if (error === null) return []
  const count = layers.filter((layer) => layer.error !== null).length
  const each = Math.max(...layers.map((layer) => layer.error ?? 0))
  const text = `${count} ${count === 1 ? 'layer' : 'layers'} by quadrature, right to ${shortNumber(each)} each: K to ${shortNumber(error)} of its diagonal, and roundings`
  return [['accuracy', text]]
}

const showShape = (shape: readonly number[]): string => shape.map((d) => (d < 0 ? 'n' : d)).join(' × ')

/** Shapes of branches, of which equal ones are counted. */
function showShapes(shapes: readonly (readonly number[])[]): string {
  const texts = shapes.map(showShape)
  const [first = ''] = texts
  if (texts.length > 1 && texts.every((text) => text === first)) return `${texts.length} of ${first}`
  return texts.join(', ')
}

function tableOf(layers: readonly LayerDescription[], { shape }: Samples): string[] {
  const head = ['layer', 'values behind it', 'needs', 'comes in', 'numbers a pair', 'operations a pair']
  const rows = layers.map(({ name, depth, shapes, needs, layout, elements, operations }) => [
    `${'  '.repeat(depth)}${name}`,
    showShapes(shapes),
    needs,
    layout,
    shortNumber(elements),
    shortNumber(operations),
  ])
  const table = [head, ['inputs', showShape(shape), '', '', '', ''], ...rows]
  const widths = head.map((_, c) => Math.max(...table.map((row) => row[c]?.length ?? 0)))
  return table.map((row) =>
    row
      .map((cell, c) => (c < 4 ? cell.padEnd(widths[c] ?? 0) : cell.padStart(widths[c] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}
