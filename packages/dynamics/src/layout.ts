import { full, NtkError, reshape, type Shape, showShape, sizeOf, type Tensor, transpose } from '@ntk/tensor'
import { onHost, shapeError } from './host.js'
import { type ReadTimes, splitTimes, timedShape } from './times.js'

/** How outputs are laid out beside a kernel: the rows of its matrix are samples and the outputs that it couples, columns those that it serves alike. */
export interface Layout {
  /** Outputs [m, ...] as what a kernel's matrix is multiplied with. */
  columns(f: Tensor): Tensor
  /** Columns of all times side by side as outputs of that shape, with an axis of times before where there are several. */
  outputs(columns: Tensor, times: ReadTimes, shape: Shape): Tensor
  /** Throws NtkError 'shape' unless a kernel of test points fits. */
  checkTest(shape: Shape): void
}

/**
 * How kernels and outputs fit: one kernel for all outputs [n, n], one that couples them all, or one that couples some [n, n, k, k], being a trace over the
 * others, `traceAxes`; these may be left out where sizes tell them. Throws 'shape', 'axis', and 'option' where they do not.
 */
export function layoutOf(kernel: Shape, y: Shape, traceAxes?: number | readonly number[]): Layout {
  const [n] = kernel
  const outputs = sizeOf(y.slice(1))
  if (y.length === 0 || y[0] !== n || outputs === 0) {
    throw shapeError(`yTrain needs a shape [${n}, ...]: kTrainTrain is of ${n} samples.`, y)
  }
  const coupled = coupledAxes(kernel, y, traceAxes)
  const alike = y.map((_, axis) => axis).filter((axis) => axis > 0 && !coupled.includes(axis))
  const order = [0, ...coupled, ...alike]
  const k = sizeOf(coupled.map((axis) => y[axis] as number))
  const expected = kernel.length === 4 ? `[m, ${n}, ${k}, ${k}]` : `[m, ${n}]`
  const moved = order.some((axis, i) => axis !== i)
  return {
    columns: (f) => reshape(moved ? transpose(f, order) : f, [(f.shape[0] as number) * k, outputs / k]),
    outputs: (columns, times, shape) => {
      const ordered = reshape(
        splitTimes(columns, times),
        timedShape(
          times,
          order.map((axis) => shape[axis] as number),
        ),
      )
      if (!moved) return ordered
      const back = order.map((_, axis) => order.indexOf(axis))
      return transpose(ordered, times.several ? [0, ...back.map((axis) => axis + 1)] : back)
    },
    checkTest: (shape) => {
      const fits = shape.length === kernel.length && shape[1] === n && (shape.length === 2 || shape[2] === k)
      if (!fits) throw shapeError(`kTestTrain needs a shape ${expected}.`, shape)
    },
  }
}

/** The axes of y that a kernel couples, ascending. */
function coupledAxes(
  kernel: Shape,
  y: Shape,
  traceAxes: number | readonly number[] | undefined,
): readonly number[] {
  const all = y.map((_, axis) => axis).slice(1)
  const k = kernel.length === 4 ? (kernel[2] as number) : 1
  if (traceAxes !== undefined) {
    const traced = readTraceAxes(traceAxes, y)
    const rest = all.filter((axis) => !traced.includes(axis))
    const size = sizeOf(rest.map((axis) => y[axis] as number))
    if (size === k && (kernel.length === 4 || rest.length === 0)) return rest
    throw shapeError(
      `kTrainTrain needs to couple ${size} outputs a sample, those of y that traceAxes leaves.`,
      kernel,
      'Leave traceAxes out where the kernel serves all outputs alike, or couples them all.',
    )
  }
  if (kernel.length === 2) return []
  if (k === sizeOf(y.slice(1))) return all
  const found =
    k === 1
      ? []
      : subsets(all.filter((axis) => y[axis] !== 1)).filter(
          (axes) => sizeOf(axes.map((axis) => y[axis] as number)) === k,
        )
  if (found.length === 1) return found[0] as readonly number[]
  if (found.length === 0)
    throw shapeError(`yTrain needs ${k} outputs a sample: kTrainTrain couples so many.`, y)
  throw new NtkError('option', {
    what: `A kernel that couples ${k} outputs needs traceAxes beside targets ${showShape(y)}: several of their axes have that size.`,
    got: 'nothing',
    fix: 'Name the axes of the targets that the kernel is a trace over, as those of empiricalNtkFn: traceAxes: [-1].',
  })
}

/** Axes of the outputs, counted from the front. Throws NtkError 'axis' unless each is there, once, and not that of samples. */
export function readTraceAxes(given: number | readonly number[], y: Shape): readonly number[] {
  const axes = typeof given === 'number' ? [given] : given
  const positive = axes.map((axis) => (axis < 0 ? axis + y.length : axis))
  const wrong = positive.findIndex((axis, i) => axis < 1 || axis >= y.length || positive.indexOf(axis) !== i)
  if (wrong < 0) return positive
  throw new NtkError('axis', {
    what: `traceAxes needs axes of the outputs ${showShape(y)}, each once and not that of samples.`,
    got: String(axes[wrong]),
  })
}

function subsets(axes: readonly number[]): readonly (readonly number[])[] {
  const [first, ...rest] = axes
  if (first === undefined) return [[]]
  const others = subsets(rest)
  return [...others, ...others.map((set) => [first, ...set])]
}

/** Outputs at the start: those given, of that shape, or one number for all. */
export function startOf(f: Tensor | number, shape: Shape, name: string): Tensor {
  if (typeof f === 'number') return full(shape, f)
  if (f.shape.length !== shape.length || f.shape.some((d, i) => d !== shape[i])) {
    throw shapeError(`${name} needs a shape [${shape.join(', ')}].`, f.shape)
  }
  return onHost(f, name)
}
