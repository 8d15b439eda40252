import { NtkError, type Shape, sameShape, showShape, type Tensor } from '@ntk/tensor'
import { requireList, requireTensor } from '@ntk/tensor/options'

export function checkSamples(name: string, x1: Tensor, x2: Tensor | null): void {
  requireTensor(x1, `x1 of ${name}`)
  if (x2 !== null) requireTensor(x2, `x2 of ${name}`)
  const [n] = x1.shape
  if (n === undefined || n === 0 || x2?.shape[0] === 0) {
    throw new NtkError('shape', {
      what: `${name} needs at least one sample along axis 0 of each side.`,
      got: showShape(n === 0 || x2 === null ? x1.shape : x2.shape),
    })
  }
  if (x2 !== null && (x2.dtype !== x1.dtype || !sameShape(x2.shape.slice(1), x1.shape.slice(1)))) {
    throw new NtkError(x2.dtype === x1.dtype ? 'shape' : 'dtype', {
      what: `${name} needs samples of one shape and dtype on both sides.`,
      got: `${x1.toString()} and ${x2.toString()}`,
    })
  }
}

export function checkOutput(name: string, output: Shape, samples: number): void {
  requireList(output, `The shape of the outputs of ${name}`)
  if (output.length > 0 && output[0] === samples) return
  throw new NtkError('shape', {
    what: `${name} needs outputs [n, ...] with a row for each of ${samples} samples.`,
    got: showShape(output),
  })
}
