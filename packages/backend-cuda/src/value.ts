import {
  binaryNumber,
  compare,
  type DType,
  type ElementwiseParams,
  logical,
  type Shape,
  sizeOf,
  unaryNumber,
} from '@ntk/tensor'
import type { DeviceMemory } from './memory.js'

/** Contiguous numbers on the device. */
export interface Stored {
  readonly kind: 'stored'
  readonly memory: DeviceMemory
}

/** Elements of memory picked by strides (in elements) over the value's own shape. */
export interface Picked {
  readonly kind: 'picked'
  readonly memory: DeviceMemory
  readonly offset: number
  readonly strides: Shape
}

/** One number everywhere. */
export interface Everywhere {
  readonly kind: 'everywhere'
  readonly number: number
}

/** The place along one axis: (i / inner) % length. */
export interface Places {
  readonly kind: 'places'
  readonly inner: number
  readonly length: number
}

/** One elementwise primitive of values of the same shape. */
export interface Computed {
  readonly kind: 'computed'
  readonly primitive: keyof ElementwiseParams
  readonly operands: readonly Value[]
}

export type Source = Stored | Picked | Everywhere | Places | Computed

/**
 * What a tensor on the device holds: numbers in memory, or what makes them. Elementwise work waits until somebody needs its numbers, so that
 * a chain of it is one program that reads and writes memory once. Holders are tensors and the values computed from it.
 */
export class Value {
  readonly shape: Shape
  readonly size: number
  readonly dtype: DType
  /** Programs that went through this value without keeping its numbers. */
  passed = 0
  /** Whether a tensor holds it. */
  wanted = false
  #source: Source
  #holders = 1
  readonly #weight: number
  readonly #work: number

  constructor(shape: Shape, dtype: DType, source: Source) {
    this.shape = shape
    this.size = sizeOf(shape)
    this.dtype = dtype
    this.#source = source
    this.#weight = weightOf(source)
    this.#work = workOf(source)
  }

  /** How much of a program's room one of this value takes, or more: a value takes 1, and one that is picked up to four arguments for each 1. */
  get weight(): number {
    return this.#source.kind === 'stored' ? 1 : this.#weight
  }

  /** What it costs to make its numbers, or more, where an addition is 1. */
  get work(): number {
    return this.#source.kind === 'stored' ? read : this.#work
  }

  get source(): Source {
    return this.#source
  }

  hold(): this {
    this.#holders++
    return this
  }

  release(): void {
    this.#holders--
    if (this.#holders === 0) letGo(this.#source)
  }

  /** From here on its numbers are in memory; what made them is let go. */
  keep(memory: DeviceMemory): void {
    letGo(this.#source)
    this.#source = { kind: 'stored', memory }
  }
}

function weightOf(source: Source): number {
  if (source.kind === 'computed') return source.operands.reduce((sum, { weight }) => sum + weight, 1)
  if (source.kind === 'picked') return Math.ceil((source.strides.length + 2) / 4)
  return source.kind === 'everywhere' ? 0 : 1
}

/** A number read from memory takes as long as some eight additions, an exponential some twenty. */
const read = 8
const long = 20

/** All others are functions of the library. */
const short: ReadonlySet<string> = new Set([
  ...binaryNumber,
  ...compare,
  ...logical,
  ...unaryNumber,
  'sqrt',
  'floor',
  'ceil',
  'round',
  'not',
  'isFinite',
  'select',
  'cast',
])

function workOf(source: Source): number {
  if (source.kind === 'computed')
    return source.operands.reduce((sum, { work }) => sum + work, short.has(source.primitive) ? 1 : long)
  return source.kind === 'everywhere' ? 0 : read
}

function letGo(source: Source): void {
  if (source.kind === 'computed') for (const operand of source.operands) operand.release()
  else if (source.kind === 'stored' || source.kind === 'picked') source.memory.release()
}
