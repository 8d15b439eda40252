import type { PlaygroundSettings } from './compute.js'

/** Networks to begin with. */
export const examples: Readonly<Record<string, Pick<PlaygroundSettings, 'spec' | 'shape'>>> = {
  'fully connected': {
    shape: [16],
    spec: `["serial",
  ["Dense", { "out": 256, "wStd": 1.5, "bStd": 0.1 }],
  ["Erf"],
  ["Dense", { "out": 8, "wStd": 1.5, "bStd": 0.1 }]]`,
  },
  convolutional: {
    shape: [6, 6, 3],
    spec: `["serial",
  ["Conv", { "out": 64, "filter": [3, 3], "padding": "SAME", "wStd": 1.4 }],
  ["Relu"],
  ["GlobalAvgPool"],
  ["Dense", { "out": 8 }]]`,
  },
  residual: {
    shape: [16],
    spec: `["serial",
  ["Dense", { "out": 128 }],
  ["repeat", { "n": 3 },
    ["serial",
      ["FanOut", { "n": 2 }],
      ["parallel",
        ["Identity"],
        ["serial", ["Relu"], ["Dense", { "out": 128 }]]],
      ["FanInSum"]]],
  ["Relu"],
  ["Dense", { "out": 8 }]]`,
  },
}

const { spec, shape } = examples['fully connected'] ?? { spec: '["Identity"]', shape: [1] }

/** Where the demo begins. */
export const start: PlaygroundSettings = { spec, shape, draws: 100 }
