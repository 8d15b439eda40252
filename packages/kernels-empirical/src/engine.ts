import type { Program } from '@ntk/autodiff'
import type { FloatDType, Tensor } from '@ntk/tensor'
import type { Flow } from './analysis/flow.js'
import type { OutputLayout } from './layout/axes.js'

/** What an implementation works on. */
export interface Task {
  /** (parameters that count, x [n, ...]) to outputs [n, k...]. */
  readonly f: (leaves: readonly Tensor[], x: Tensor) => Tensor
  readonly leaves: readonly Tensor[]
  /** The part of the kernel that each parameter adds to; parts are numbered from 0. */
  readonly partOf: readonly number[]
  readonly parts: number
  readonly layout: OutputLayout
  /** Whether rows of x are independent; if not, all rows of a side are one sample with n k... outputs. */
  readonly independent: boolean
  /** How many numbers an intermediate may hold. */
  readonly maxNumbers: number
}

/** Waits within the scope of a block, and gives signals and timers their turn; throws 'aborted' where the signal fired. */
export type Pause = <T>(value: T | PromiseLike<T>) => Promise<T>

/** One implementation of blocks of the kernel. */
export interface Engine<S> {
  /** What is known of the rows x of one side; used for every block that they are in. */
  prepare(x: Tensor): S
  /** One block [diagonal, free, n, free', m] for each part, traced axes summed. */
  block(left: S, right: S, pause: Pause): Tensor[] | Promise<Tensor[]>
}

/** A task with its recorded program at all rows of the left side. */
export interface SetUp {
  readonly task: Task
  readonly program: Program
  readonly flow: Flow
  readonly dtype: FloatDType
  readonly paths: readonly string[]
}
