/** Values are those of optax 0.2.8 (jax 0.10.2, float64) at steps 0 to 11, to the rounding of powers. */
import {
  constantSchedule,
  cosineDecaySchedule,
  exponentialDecay,
  joinSchedules,
  linearSchedule,
  piecewiseConstantSchedule,
  type StepFunction,
  warmupCosineDecaySchedule,
} from '@ntk/optim'
import { NtkError } from '@ntk/tensor'
import { expect, test } from 'vitest'

test.each<[string, StepFunction, number[]]>([
  ['constantSchedule', constantSchedule(0.3), Array.from({ length: 12 }, () => 0.3)],
  [
    'linearSchedule',
    linearSchedule(0.1, { endValue: 0.9, transitionSteps: 4, transitionBegin: 2 }),
    [0.1, 0.1, 0.1, 0.3, 0.5, 0.7, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9],
  ],
  [
    'exponentialDecay',
    exponentialDecay(0.5, { transitionSteps: 4, decayRate: 0.3, transitionBegin: 2 }),
    [
      0.5, 0.5, 0.5, 0.3700414022461426, 0.27386127875258304, 0.20268002322105516, 0.15, 0.11101242067384279,
      0.0821583836257749, 0.06080400696631654, 0.045, 0.033303726202152835,
    ],
  ],
  [
    'exponentialDecay by steps',
    exponentialDecay(0.5, {
      transitionSteps: 4,
      decayRate: 0.3,
      transitionBegin: 2,
      staircase: true,
      endValue: 0.06,
    }),
    [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.15, 0.15, 0.15, 0.15, 0.06, 0.06],
  ],
  [
    'cosineDecaySchedule',
    cosineDecaySchedule(0.5, { decaySteps: 6, alpha: 0.1, exponent: 1.5 }),
    [
      0.5, 0.4555494792560472, 0.34228357377724805, 0.2090990257669732, 0.10625000000000004,
      0.05780191483861416, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05,
    ],
  ],
  [
    'warmupCosineDecaySchedule',
    warmupCosineDecaySchedule(0.01, {
      peakValue: 0.5,
      warmupSteps: 3,
      decaySteps: 9,
      endValue: 0.05,
      exponent: 2,
    }),
    [
      0.01, 0.17333333333333328, 0.33666666666666667, 0.5, 0.44173071585149876, 0.303125, 0.1625,
      0.07812500000000003, 0.05201928414850131, 0.05, 0.05, 0.05,
    ],
  ],
  [
    'piecewiseConstantSchedule',
    piecewiseConstantSchedule(0.5, { boundaries: [3, 6], scales: [0.1, 0.5] }),
    [0.5, 0.5, 0.5, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.025, 0.025, 0.025],
  ],
  [
    'joinSchedules',
    joinSchedules([constantSchedule(0.3), linearSchedule(0.2, { endValue: 0, transitionSteps: 4 })], [4]),
    [0.3, 0.3, 0.3, 0.3, 0.2, 0.15, 0.1, 0.05, 0, 0, 0, 0],
  ],
])('%s gives the numbers of optax', (_, schedule, expected) => {
  for (const [step, value] of expected.entries()) expect(Math.abs(schedule(step) - value)).toBeLessThan(2e-16)
})

test('a value that grows stops at its end value from below', () => {
  const schedule = exponentialDecay(1, { transitionSteps: 1, decayRate: 2, endValue: 5 })
  expect([0, 1, 2, 3, 4].map(schedule)).toEqual([1, 2, 4, 5, 5])
})

test.each<[string, () => unknown, RegExp]>([
  ['no options', () => linearSchedule(0.1, undefined as never), /"endValue"/],
  [
    "Python's spelling",
    () => exponentialDecay(0.1, { transition_steps: 3 } as never),
    /did you mean "transitionSteps"/i,
  ],
  [
    'a value that is no number',
    () => cosineDecaySchedule(Number.NaN, { decaySteps: 3 }),
    /value to start from/,
  ],
  [
    'a warm-up as long as all',
    () => warmupCosineDecaySchedule(0, { peakValue: 1, warmupSteps: 5, decaySteps: 5 }),
    /more steps in all/,
  ],
  [
    'a scale too few',
    () => piecewiseConstantSchedule(1, { boundaries: [1, 2], scales: [0.5] }),
    /a scale for each/,
  ],
  [
    'boundaries out of order',
    () => piecewiseConstantSchedule(1, { boundaries: [2, 1], scales: [1, 1] }),
    /ascending/,
  ],
  [
    'a boundary too few',
    () => joinSchedules([constantSchedule(1), constantSchedule(2)], []),
    /one boundary fewer/,
  ],
  ['a number for a schedule', () => joinSchedules([1 as never], []), /constantSchedule/],
])('%s is an error by name', (_, make, message) => {
  expect(make).toThrow(message)
  expect(make).toThrow(NtkError)
})
