import type { TopLevelSpec } from 'vega-lite'
import { type CurveName, curveLayer, curveOrder, stepAxis, withLegend } from './curves.js'
import { curveStyles } from './theme.js'

/** One point of a loss curve. */
export interface LossPoint {
  readonly curve: CurveName
  readonly split: 'train' | 'test'
  readonly step: number
  /** 1/2 mean (f - y)^2 over samples and outputs. */
  readonly loss: number
}

const width = 380

/**
 * Training and test loss against step, one panel each, over log(1 + step): the network as
 * a broad line, its linearization dashed on it, the closed form as dots on both.
 */
export function lossFigure(points: readonly LossPoint[], title: string, subtitle: string): TopLevelSpec {
  const shown = points.filter((point) => Number.isFinite(point.loss))
  const present = curveOrder.filter((name) => shown.some((point) => point.curve === name))
  const panel = (split: 'train' | 'test', header: string): object => {
    const own = shown.filter((point) => point.split === split)
    const encoding = {
      x: stepAxis(
        'step of gradient descent',
        own.map((point) => point.step),
        width,
      ),
      y: {
        field: 'loss',
        type: 'quantitative',
        scale: { domainMin: 0, nice: false, padding: 8 },
        axis: { title: split === 'train' ? 'loss, ½ mean (f − y)²' : null, tickCount: 5, format: '~g' },
      },
    }
    const curve = (name: CurveName): object[] =>
      own.filter((point) => point.curve === name).map(({ step, loss }) => ({ step, loss }))
    return {
      title: { text: header, fontSize: 12, offset: 8 },
      width,
      height: 260,
      layer: present.map((name) => curveLayer(name, curve(name), encoding)),
    }
  }
  const panels = [panel('train', 'Training loss'), panel('test', 'Test loss')]
  return withLegend(
    title,
    subtitle,
    present.map((name) => curveStyles[name]),
    { hconcat: panels },
  )
}
