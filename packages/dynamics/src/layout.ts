import { full, type Shape, sizeOf, type Tensor } from '@ntk/tensor'
import { onHost, shapeError } from './host.js'

export interface Layout {
  /** Outputs of that shape as what a kernel's matrix is multiplied with. */
  columns(shape: Shape): Shape
  /** Throws NtkError 'shape' unless a kernel of test points fits. */
  checkTest(shape: Shape): void
}

/** How kernels and outputs fit: one kernel for all outputs, or one that couples them. */
export function layoutOf(kernel: Shape, y: Shape): Layout {
  const [n] = kernel
  const outputs = sizeOf(y.slice(1))
  if (y.length === 0 || y[0] !== n || outputs === 0) {
    throw shapeError(`yTrain needs a shape [${n}, ...]: kTrainTrain is of ${n} samples.`, y)
  }
  const coupled = kernel.length === 4
  if (coupled && kernel[2] !== outputs) {
    throw shapeError(`yTrain needs ${kernel[2]} outputs a sample: kTrainTrain couples so many.`, y)
  }
  const expected = coupled ? `[m, ${n}, ${outputs}, ${outputs}]` : `[m, ${n}]`
  return {
    columns: (shape) => (coupled ? [sizeOf(shape), 1] : [shape[0] as number, outputs]),
    checkTest: (shape) => {
      const fits = shape.length === kernel.length && shape[1] === n && (!coupled || shape[2] === outputs)
      if (!fits) throw shapeError(`kTestTrain needs a shape ${expected}.`, shape)
    },
  }
}

/** Outputs at the start: those given, of that shape, or one number for all. */
export function startOf(f: Tensor | number, shape: Shape, name: string): Tensor {
  if (typeof f === 'number') return full(shape, f)
  if (f.shape.length !== shape.length || f.shape.some((d, i) => d !== shape[i])) {
    throw shapeError(`${name} needs a shape [${shape.join(', ')}].`, f.shape)
  }
  return onHost(f, name)
}
