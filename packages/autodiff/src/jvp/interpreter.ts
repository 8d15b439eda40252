import {
  type Backend,
  bind,
  type DType,
  type Inputs,
  isFloat,
  mapInputs,
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
import { Tracer, Transformation } from '../core/tracer.js'
import { jvpRules } from './index.js'

/** A value and its derivative along a direction. Values without one (or with zero) are not wrapped. */
export class JvpTracer extends Tracer {
  readonly shape: Shape
  readonly dtype: DType
  readonly backend: Backend | undefined

  constructor(
    readonly interpreter: JvpTransformation,
    readonly primal: Value,
    readonly tangent: Value,
  ) {
    super()
    this.shape = primal.shape
    this.dtype = primal.dtype
    this.backend = primal.backend
  }
}

/** Forward differentiation: every op on its primals at once, and its rule on the tangents. */
export class JvpTransformation extends Transformation {
  constructor(level: number, name = 'jvp') {
    super(name, level)
  }

  /** x with a tangent; integers, bools and zero tangents stay bare. */
  wrap(x: Value, t: Tangent): Value {
    return t === null || !isFloat(x.dtype) ? x : new JvpTracer(this, x, t)
  }

  /** The value and the tangent of what the transformed function returned. */
  unwrap(x: Value): { primal: Value; tangent: Tangent } {
    return this.#owns(x) ? x : { primal: x, tangent: null }
  }

  bind<P extends Primitive>(primitive: P, inputs: Inputs<P, Value>, params: Params<P>): Outputs<P, Value> {
    this.check(inputs)
    const primals = mapInputs(inputs, (x) => this.#primal(x))
    const tangents = mapInputs(inputs, (x) => this.#tangent(x))
    const outputs = bind(primitive, primals, params)
    // ops come here only where one of their inputs has a tangent
    const slopes = jvpRules[primitive](primals, tangents as SomeInputs<P, Value>, params, outputs)
    this.#join(outputs, slopes)
    return outputs
  }

  bindCall(call: Call, inputs: readonly Value[]): Value[] {
    this.check(inputs)
    const primals = inputs.map((x) => this.#primal(x))
    const tangents = inputs.map((x) => this.#tangent(x))
    const outputs = bindCall(call, primals)
    this.checkCall(call.name, outputs)
    this.#join(outputs, call.jvp(primals, tangents, outputs))
    return outputs
  }

  #owns(x: Value): x is JvpTracer {
    return x.interpreter === this
  }

  #primal(x: Value): Value {
    return this.#owns(x) ? x.primal : x
  }

  #tangent(x: Value): Tangent {
    return this.#owns(x) ? x.tangent : null
  }

  /** Gives the outputs their tangents, in place. */
  #join(outputs: Value[], tangents: readonly Tangent[]): void {
    outputs.forEach((y, i) => {
      outputs[i] = this.wrap(y, tangents[i] ?? null)
    })
  }
}
