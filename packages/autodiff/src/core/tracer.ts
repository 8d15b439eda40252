import {
  type Backend,
  copiesError,
  type DType,
  type Inputs,
  type Interpreter,
  markCopy,
  NtkError,
  type Outputs,
  type PackageCopy,
  type Params,
  type Primitive,
  type Shape,
  sizeOf,
  type Value,
  withLevel,
} from '@ntk/tensor'
import type { Call } from './call.js'

declare const PACKAGE_VERSION: string | undefined

const thisCopy: PackageCopy = {
  name: '@ntk/autodiff',
  version: typeof PACKAGE_VERSION === 'string' ? PACKAGE_VERSION : 'sources',
}

/** One run of a transformation: the interpreter of the tracers that it hands out. */
export abstract class Transformation implements Interpreter {
  readonly copy: PackageCopy = thisCopy
  /** Its tracers may be used until the transformation has returned. */
  ended = false

  constructor(
    /** For messages: 'jvp', 'vmap', ... */
    readonly name: string,
    readonly level: number,
  ) {}

  abstract bind<P extends Primitive>(
    primitive: P,
    inputs: Inputs<P, Value>,
    params: Params<P>,
  ): Outputs<P, Value>
  /** As `bind`, of a function with rules of its own. */
  abstract bindCall(call: Call, inputs: readonly Value[]): Value[]

  /** Throws where a call gave traced values that its inputs, seen from here, cannot have led to. */
  protected checkCall(call: string, values: readonly (Value | null)[]): void {
    for (const x of values) {
      if (x !== null && x.interpreter !== null && x.interpreter.level >= this.level) throw closedOver(call)
    }
  }

  /** Throws where an input is a tracer that outlived its transformation. */
  protected check(inputs: readonly Value[]): void {
    if (this.ended) throw leaked(this.name)
    for (const { interpreter } of inputs) {
      checkTransformation(interpreter)
      if (interpreter !== null && interpreter !== this && interpreter.level >= this.level) {
        throw leaked(interpreter instanceof Transformation ? interpreter.name : 'another transformation')
      }
    }
  }
}

/** Runs `body` with a transformation of a fresh level; afterwards its tracers are dead. */
export function runTransformation<I extends Transformation, T>(
  make: (level: number) => I,
  body: (transformation: I) => T,
): T {
  return withLevel((level) => {
    const transformation = make(level)
    try {
      return body(transformation)
    } finally {
      transformation.ended = true
    }
  })
}

/** Throws NtkError 'copies' on a transformation of another copy of this package: its levels and rules are not ours. */
export function checkTransformation(interpreter: Interpreter | null): void {
  if (interpreter?.copy === undefined || interpreter.copy === thisCopy) return
  if (interpreter.copy.name === thisCopy.name) throw copiesError(thisCopy, interpreter.copy)
}

function leaked(name: string): NtkError {
  return new NtkError('tracer', {
    what: `A value traced by ${name} was used after ${name} had returned.`,
    fix: 'Return it from the transformed function instead of keeping it in a variable outside (asynchronous functions cannot be transformed).',
  })
}

function closedOver(call: string): NtkError {
  return new NtkError('tracer', {
    what: `The function given to ${call} closes over a traced value.`,
    fix: 'Pass the value as an argument.',
  })
}

/** Stands for a tensor inside a transformation. It has a shape and a dtype; reading numbers from it is an error. */
export abstract class Tracer implements Value {
  static {
    markCopy(this.prototype)
  }

  abstract readonly interpreter: Transformation
  abstract readonly shape: Shape
  abstract readonly dtype: DType
  abstract readonly backend: Backend | undefined

  get rank(): number {
    return this.shape.length
  }

  get size(): number {
    return sizeOf(this.shape)
  }

  /** Tracers pass for tensors in functions written for tensors; what they cannot do they say. */
  data(): Promise<never> {
    return Promise.reject(this.#unreadable())
  }

  dataSync(): never {
    throw this.#unreadable()
  }

  item(): never {
    throw this.#unreadable()
  }

  toNested(): never {
    throw this.#unreadable()
  }

  /** Tracers own no memory. */
  dispose(): void {}

  toString(): string {
    return `Traced(${this.dtype}[${this.shape.join(', ')}] in ${this.interpreter.name})`
  }

  #unreadable(): NtkError {
    return new NtkError('tracer', {
      what: `Numbers were read from a value traced by ${this.interpreter.name}.`,
      got: `${this.dtype}[${this.shape.join(', ')}]`,
      fix: 'Compute with ops (where instead of if), or read the numbers outside of the transformed function.',
    })
  }
}
