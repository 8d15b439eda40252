/** Compiles and runs what waits: a value and everything it is computed from, in one program. */
import { bytesPerElement } from '@ntk/tensor'
import { collapse } from './layout.js'
import type { Machine } from './machine.js'
import type { DeviceMemory } from './memory.js'
import { expressions } from './text/elementwise.js'
import { at, cTypes } from './text/types.js'
import type { Computed, Picked, Value } from './value.js'

/** The weight of a program at most: so many values, whose places take four arguments for each 1, and two numbers each. */
export const mostWeight = 48

/** Work from which a value that two programs went through is kept: to write it and read it again costs as much. */
const worthKeeping = 32

/** The values under `root`, operands first, each once. */
function inOrder(root: Value): readonly Value[] {
  const seen = new Set<Value>()
  const visit = (value: Value): void => {
    if (seen.has(value)) return
    if (value.source.kind === 'computed') for (const operand of value.source.operands) visit(operand)
    seen.add(value)
  }
  visit(root)
  return [...seen]
}

/** Collects the text and the arguments of one program. */
class Writer {
  readonly v: (DeviceMemory | number)[]
  readonly d: number[] = []
  readonly lines: string[] = []
  readonly #count: number

  constructor(count: number) {
    this.#count = count
    this.v = [count]
  }

  whole(x: DeviceMemory | number): number {
    return this.v.push(x) - 1
  }

  /** Numbers come as arguments, so that a new learning rate is no new program. */
  number(x: number): number {
    const known = this.d.findIndex((y) => Object.is(x, y))
    return known >= 0 ? known : this.d.push(x) - 1
  }

  /** Names c0, c1, ... for the coordinates of thread i in `sizes`, the first the slowest. */
  coordinates(sizes: readonly number[]): void {
    const type = this.#count < 2 ** 31 ? 'u32' : 'u64'
    if (sizes.length > 0) this.lines.push(`${type} r = (${type})i;`)
    for (let axis = sizes.length - 1; axis > 0; axis--) {
      const k = this.whole(sizes[axis] as number)
      this.lines.push(`const ${type} c${axis} = r % (${type})a.v[${k}]; r /= (${type})a.v[${k}];`)
    }
    if (sizes.length > 0) this.lines.push(`const ${type} c0 = r;`)
  }
}

function pickedPlace(writer: Writer, { offset }: Picked, strides: readonly number[]): string {
  const terms = [`(i64)a.v[${writer.whole(offset)}]`]
  strides.forEach((stride, axis) => {
    if (stride !== 0)
      terms.push(stride === 1 ? `c${axis}` : `(i64)c${axis} * (i64)a.v[${writer.whole(stride)}]`)
  })
  return terms.join(' + ')
}

function computed({ primitive, operands }: Computed, names: ReadonlyMap<Value, string>, to: Value): string {
  // of `select`, the first operand is the condition
  const data = operands[primitive === 'select' ? 1 : 0] as Value
  const inputs = operands.map((operand) => names.get(operand) as string)
  return expressions[primitive](inputs, data.dtype, to.dtype)
}

/** The numbers of a value in memory, computed now unless they are there. The value holds the memory. */
export function numbersOf(machine: Machine, root: Value): DeviceMemory {
  if (root.source.kind === 'stored') return root.source.memory
  const values = inOrder(root)
  const kept = values.filter((value) => value === root || isKept(value))
  const outputs = allocateAll(
    machine,
    kept.map((value) => value.size * bytesPerElement[value.dtype]),
  )
  const writer = new Writer(root.size)
  const places = writePicks(writer, values, root)
  const names = new Map<Value, string>()
  values.forEach((value, n) => {
    names.set(value, `x${n}`)
    writer.lines.push(`const ${cTypes[value.dtype]} x${n} = ${expressionOf(writer, value, names, places)};`)
  })
  kept.forEach((value, n) => {
    const k = writer.whole(outputs[n] as DeviceMemory)
    writer.lines.push(`${at(value.dtype, k)}[i] = ${names.get(value)};`)
  })
  try {
    machine.run(`${writer.lines.join('\n')}\n`, root.size, writer)
  } catch (error) {
    for (const memory of outputs) memory.release()
    throw error
  }
  for (const value of values) value.passed++
  kept.forEach((value, n) => value.keep(outputs[n] as DeviceMemory))
  return outputs[kept.indexOf(root)] as DeviceMemory
}

const isKept = ({ source, wanted, passed, work }: Value): boolean =>
  source.kind === 'computed' && wanted && passed > 0 && work > worthKeeping

/** All or nothing: where the last does not fit, the others are given back. */
function allocateAll(machine: Machine, sizes: readonly number[]): readonly DeviceMemory[] {
  const made: DeviceMemory[] = []
  try {
    for (const bytes of sizes) made.push(machine.allocate(bytes))
    return made
  } catch (error) {
    for (const memory of made) memory.release()
    throw error
  }
}

/** Writes the coordinates that picks need, and gives the place of each in its memory. */
function writePicks(writer: Writer, values: readonly Value[], root: Value): ReadonlyMap<Value, string> {
  const picks = values.filter((value) => value.source.kind === 'picked')
  const { sizes, strides } = collapse(
    root.shape,
    picks.map(({ source }) => (source as Picked).strides),
  )
  if (picks.length > 0) writer.coordinates(sizes)
  const found = picks.map((value, n): [Value, string] => [
    value,
    pickedPlace(writer, value.source as Picked, strides[n] ?? []),
  ])
  return new Map(found)
}

function expressionOf(
  writer: Writer,
  value: Value,
  names: ReadonlyMap<Value, string>,
  places: ReadonlyMap<Value, string>,
): string {
  const { source, dtype } = value
  switch (source.kind) {
    case 'stored':
      return `${at(dtype, writer.whole(source.memory))}[i]`
    case 'picked':
      return `${at(dtype, writer.whole(source.memory))}[${places.get(value)}]`
    case 'everywhere':
      return `(${cTypes[dtype]})a.d[${writer.number(source.number)}]`
    case 'places':
      return `(${cTypes[dtype]})(i / (i64)a.v[${writer.whole(source.inner)}] % (i64)a.v[${writer.whole(source.length)}])`
    case 'computed':
      return computed(source, names, value)
  }
}
