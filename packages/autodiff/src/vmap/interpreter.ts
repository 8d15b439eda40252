import {
  type Backend,
  type DType,
  type Inputs,
  mapInputs,
  mapOutputs,
  type Outputs,
  type Params,
  type Primitive,
  type Shape,
  type Value,
} from '@ntk/tensor'
import { bindCall } from '../core/bind-call.js'
import type { Call } from '../core/call.js'
import type { SomeInputs } from '../core/some.js'
import type { Tangent } from '../core/tangent.js'
import { runTransformation, Tracer, Transformation } from '../core/tracer.js'
import { batchRules } from './index.js'
import { type BatchAxis, batchedAt, exampleShape } from './rule.js'

/** One example of a batch, which is held whole with its batch axis anywhere. Values that do not differ are not wrapped. */
export class BatchTracer extends Tracer {
  readonly shape: Shape
  readonly dtype: DType
  readonly backend: Backend | undefined

  constructor(
    readonly interpreter: BatchTransformation,
    readonly value: Value,
    readonly axis: number,
  ) {
    super()
    this.shape = exampleShape(value.shape, axis)
    this.dtype = value.dtype
    this.backend = value.backend
  }
}

/** Vectorization: every op on one example becomes one op on the whole batch. */
export class BatchTransformation extends Transformation {
  constructor(
    level: number,
    /** The number of examples. */
    readonly size: number,
    name = 'vmap',
  ) {
    super(name, level)
  }

  wrap(x: Value, axis: BatchAxis): Value {
    return axis === null ? x : new BatchTracer(this, x, axis)
  }

  /** The whole batch of a value of the transformed function. */
  unwrap(x: Value): { value: Value; axis: BatchAxis } {
    return this.#owns(x) ? x : { value: x, axis: null }
  }

  bind<P extends Primitive>(primitive: P, inputs: Inputs<P, Value>, params: Params<P>): Outputs<P, Value> {
    this.check(inputs)
    const values = mapInputs(inputs, (x): Value => (this.#owns(x) ? x.value : x))
    const axes = mapInputs(inputs, (x): BatchAxis => (this.#owns(x) ? x.axis : null))
    // ops come here only where one of their inputs has a batch axis
    const { outputs, axis } = batchRules[primitive](values, axes as SomeInputs<P, number>, params, this.size)
    return mapOutputs(outputs, (y): Value => new BatchTracer(this, y, axis))
  }

  bindCall(call: Call, inputs: readonly Value[]): Value[] {
    this.check(inputs)
    const batches = inputs.map((x) => this.unwrap(x))
    const axes = batches.map(({ axis }) => axis)
    const outputs = bindCall(
      batchedCall(call, axes, this.size),
      batches.map(({ value }) => value),
    )
    this.checkCall(call.name, outputs)
    return outputs.map((y) => new BatchTracer(this, y, 0))
  }

  #owns(x: Value): x is BatchTracer {
    return x.interpreter === this
  }
}

/** f over a batch: inputs with batch axes where `axes` says, every output with the batch axis first. */
export function batchFlat(
  f: (xs: Value[]) => readonly Value[],
  values: readonly Value[],
  axes: readonly BatchAxis[],
  size: number,
  name?: string,
): Value[] {
  return runTransformation(
    (level) => new BatchTransformation(level, size, name),
    (batch) =>
      f(values.map((x, i) => batch.wrap(x, axes[i] as BatchAxis))).map((y) => {
        const { value, axis } = batch.unwrap(y)
        return batchedAt(value, axis, size)
      }),
  )
}

/** A call on a batch, which is a call again, so that transformations outside still see its rules. */
function batchedCall(call: Call, axes: readonly BatchAxis[], size: number): Call {
  return {
    name: call.name,
    apply: (inputs) => batchFlat((xs) => call.apply(xs), inputs, axes, size, call.name),
    jvp: (primals, tangents, outputs) => {
      const present = tangents.flatMap((t, i) => (t === null ? [] : [i]))
      const split = [primals.length, primals.length + present.length] as const
      const flat = [...primals, ...present.map((i) => tangents[i] as Value), ...outputs]
      const flatAxes = [...axes, ...present.map((i) => axes[i] as BatchAxis), ...outputs.map(() => 0)]
      let some: boolean[] = []
      const out = batchFlat(
        (xs) => {
          const ts: Tangent[] = tangents.map(() => null)
          present.forEach((i, k) => {
            ts[i] = xs[split[0] + k] as Value
          })
          const result = call.jvp(xs.slice(0, split[0]), ts, xs.slice(split[1]))
          some = result.map((t) => t !== null)
          return result.filter((t) => t !== null)
        },
        flat,
        flatAxes,
        size,
        call.name,
      )
      let at = 0
      return some.map((is) => (is ? (out[at++] as Value) : null))
    },
  }
}
