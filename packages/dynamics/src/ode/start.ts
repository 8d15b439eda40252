import { full, isFloat, NtkError, type Shape, type Tensor } from '@ntk/tensor'
import type { OptionsOf } from '@ntk/tensor/options'
import { onHost, shapeError } from '../host.js'
import type { predictRules } from './options.js'

/** What training starts from, on the host in float64. */
export interface Start {
  readonly fTrain: Tensor
  /** Velocity on the training set; null for rest. */
  readonly qTrain: Tensor | null
  /** Outputs and velocity on a test set of `m` points. */
  test(m: number): { readonly f: Tensor; readonly q: Tensor | null }
  /** Whose dtype and backend results have. */
  readonly like: Tensor
}

const missing = (what: string, fix: string): NtkError => new NtkError('option', { what, got: 'nothing', fix })

/** Reads the start of a prediction. Throws NtkError 'option' and 'shape' naming what is missing or does not fit. */
export function readStart(
  { fTrain0, fTest0, kTestTrain, state }: OptionsOf<typeof predictRules>,
  y: Tensor,
  momentum: number | null,
): Start {
  if (state && (fTrain0 !== undefined || fTest0 !== undefined)) {
    throw new NtkError('option', {
      what: 'A prediction starts from a state or from fTrain0 and fTest0.',
      got: 'both',
      fix: 'Leave fTrain0 and fTest0 out where there is a state.',
    })
  }
  if (!kTestTrain && fTest0 !== undefined) {
    throw missing(
      'A prediction on the test set needs kTestTrain beside fTest0.',
      'Give the kernel of the test set to the training set.',
    )
  }
  const f = state ? state.fTrain : (fTrain0 ?? 0)
  const shape = shapeOf(f, y, state ? 'state.fTrain' : 'fTrain0')
  const fTrain = typeof f === 'number' ? full(shape, f) : onHost(f, state ? 'state.fTrain' : 'fTrain0')
  const moving = state?.qTrain ?? null
  if ((moving || state?.qTest) && !momentum) {
    throw new NtkError('option', {
      what: 'A state with velocities needs a predictor with momentum.',
      got: 'momentum 0',
      fix: 'Give the momentum in the options of gradientDescent, or leave qTrain and qTest out of the state.',
    })
  }
  return {
    fTrain,
    qTrain: moving && shaped(moving, shape, 'state.qTrain'),
    like: isFloat(y.dtype) ? y : (f as Tensor),
    test(m) {
      const wanted = [m, ...shape.slice(1)]
      if (!state)
        return {
          f: typeof fTest0 === 'object' ? shaped(fTest0, wanted, 'fTest0') : full(wanted, fTest0 ?? 0),
          q: null,
        }
      if (!state.fTest || (moving && !state.qTest)) {
        throw missing(
          `A prediction on the test set from a state needs its ${state.fTest ? 'qTest' : 'fTest'}.`,
          'Predict on the test set before, too: the state then knows it.',
        )
      }
      return {
        f: shaped(state.fTest, wanted, 'state.fTest'),
        q: state.qTest ? shaped(state.qTest, wanted, 'state.qTest') : null,
      }
    },
  }
}

function shapeOf(f: Tensor | number, y: Tensor, name: string): Shape {
  if (isFloat(y.dtype)) {
    if (typeof f !== 'number') shaped(f, y.shape, name)
    return y.shape
  }
  if (typeof f === 'number') {
    throw missing(
      'Where yTrain are integer labels, gradientDescent needs the outputs at the start as a tensor: labels do not say how many outputs there are.',
      `Write fTrain0: zeros([${y.shape[0]}, classes]).`,
    )
  }
  if (f.shape[0] !== y.shape[0]) {
    throw shapeError(
      `${name} needs a shape [${y.shape[0]}, ...]: yTrain is of ${y.shape[0]} samples.`,
      f.shape,
    )
  }
  return f.shape
}

function shaped(x: Tensor, shape: Shape, name: string): Tensor {
  if (x.shape.length !== shape.length || x.shape.some((d, i) => d !== shape[i])) {
    throw shapeError(`${name} needs a shape [${shape.join(', ')}].`, x.shape)
  }
  return onHost(x, name)
}
