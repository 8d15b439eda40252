import {
  type Aval,
  type Backend,
  type DType,
  type Inputs,
  infer,
  mapInputs,
  mapOutputs,
  type Outputs,
  type Params,
  type Primitive,
  type Shape,
  type Value,
} from '@ntk/tensor'
import type { Call } from '../core/call.js'
import { runTransformation, Tracer, Transformation } from '../core/tracer.js'
import {
  type Atom,
  Const,
  type Equation,
  type FlatProgram,
  liveEquations,
  type PrimitiveEquation,
  Var,
} from './program.js'

/** Stands for a variable of the program that is being recorded. */
export class RecordTracer extends Tracer {
  readonly shape: Shape
  readonly dtype: DType

  constructor(
    readonly interpreter: Recorder,
    readonly variable: Var,
  ) {
    super()
    this.shape = variable.shape
    this.dtype = variable.dtype
  }

  get backend(): Backend | undefined {
    return this.interpreter.backend
  }
}

/** Writes every op on its tracers down as an equation. Ops on other values run at once: their results are constants. */
export class Recorder extends Transformation {
  readonly equations: Equation[] = []
  /** Where the data are, if any are given. */
  backend: Backend | undefined = undefined
  #size = 0

  constructor(level: number, name = 'trace') {
    super(name, level)
  }

  get size(): number {
    return this.#size
  }

  input(aval: Aval & { readonly backend?: Backend | undefined }): RecordTracer {
    this.backend ??= aval.backend
    return new RecordTracer(this, this.#variable(aval))
  }

  atom(x: Value): Atom {
    return this.#owns(x) ? x.variable : new Const(x)
  }

  bind<P extends Primitive>(primitive: P, inputs: Inputs<P, Value>, params: Params<P>): Outputs<P, Value> {
    this.check(inputs)
    const outputs = mapOutputs(infer(primitive, inputs, params), (aval) => this.#variable(aval))
    const equation: PrimitiveEquation<P> = {
      primitive,
      call: null,
      inputs: mapInputs(inputs, (x) => this.atom(x)),
      params,
      outputs,
    }
    this.equations.push(equation as Equation)
    return mapOutputs(outputs, (v): Value => new RecordTracer(this, v))
  }

  bindCall(call: Call, inputs: readonly Value[]): Value[] {
    this.check(inputs)
    const { equations, outputs: avals } = recordFlat((xs) => call.apply(xs), inputs, call.name)
    this.checkCall(
      call.name,
      [...equations.flatMap((e): readonly Atom[] => e.inputs), ...avals].map((atom) => atom.value),
    )
    const outputs = avals.map((aval) => this.#variable(aval))
    this.equations.push({
      primitive: null,
      call,
      inputs: inputs.map((x) => this.atom(x)),
      params: {},
      outputs,
    })
    return outputs.map((v) => new RecordTracer(this, v))
  }

  #owns(x: Value): x is RecordTracer {
    return x.interpreter === this
  }

  #variable({ shape, dtype }: Aval): Var {
    return new Var(this.#size++, shape, dtype)
  }
}

/** The program of a function of flat values, without equations that no output needs. */
export function recordFlat(
  f: (xs: Value[]) => readonly Value[],
  avals: readonly Aval[],
  name = 'trace',
): FlatProgram {
  return runTransformation(
    (level) => new Recorder(level, name),
    (recorder) => {
      const inputs = avals.map((a) => recorder.input(a))
      const outputs = f(inputs).map((y) => recorder.atom(y))
      return {
        inputs: inputs.map((x) => x.variable),
        equations: liveEquations(recorder.equations, outputs, recorder.size),
        outputs,
        size: recorder.size,
      }
    },
  )
}
