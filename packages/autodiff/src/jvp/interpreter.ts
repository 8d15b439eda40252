import {
  type Backend,
  bind,
  type DType,
  isFloat,
  type Params,
  type Primitive,
  type Shape,
  type Value,
} from '@ntk/tensor'
import { bindCall, type Call } from '../core/call.js'
import type { Tangent } from '../core/tangent.js'
import { Tracer, Transformation } from '../core/tracer.js'
import { jvpRules } from './index.js'
import type { JvpRule } from './rule.js'

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

  bind<P extends Primitive>(primitive: P, inputs: readonly Value[], params: Params<P>): Value[] {
    const [primals, tangents] = this.#split(inputs)
    const outputs = bind(primitive, primals, params)
    const rule = jvpRules[primitive] as JvpRule<P>
    return this.#join(outputs, rule(primals, tangents, params, outputs))
  }

  bindCall(call: Call, inputs: readonly Value[]): Value[] {
    const [primals, tangents] = this.#split(inputs)
    const outputs = bindCall(call, primals)
    this.checkCall(call.name, outputs)
    return this.#join(outputs, call.jvp(primals, tangents, outputs))
  }

  #owns(x: Value): x is JvpTracer {
    return x.interpreter === this
  }

  #split(inputs: readonly Value[]): [Value[], Tangent[]] {
    this.check(inputs)
    const primals = new Array<Value>(inputs.length)
    const tangents = new Array<Tangent>(inputs.length)
    for (let i = 0; i < inputs.length; i++) {
      const x = inputs[i] as Value
      const owned = this.#owns(x)
      primals[i] = owned ? x.primal : x
      tangents[i] = owned ? x.tangent : null
    }
    return [primals, tangents]
  }

  #join(outputs: Value[], tangents: readonly Tangent[]): Value[] {
    for (let i = 0; i < outputs.length; i++) outputs[i] = this.wrap(outputs[i] as Value, tangents[i] ?? null)
    return outputs
  }
}
