import { type Aval, Tensor } from '@ntk/tensor'
import { requireParts } from '@ntk/tensor/options'
import { type Atom, type Equation, type FlatProgram, Var } from './program.js'

const typeOf = ({ dtype, shape }: Aval): string => `${dtype}[${shape.join(', ')}]`

/** a, b, ..., z, aa, ab, ... */
function letters(i: number): string {
  const last = String.fromCharCode(97 + (i % 26))
  return i < 26 ? last : letters(Math.floor(i / 26) - 1) + last
}

function showParams(params: object): string {
  const entries = Object.entries(params)
  if (entries.length === 0) return ''
  return ` { ${entries.map(([k, v]) => `${k}: ${JSON.stringify(v)}`).join(', ')} }`
}

/**
 * A program as text, one equation a line:
 *
 * ```text
 * program(a: float64[4, 2], b: float64[2, 3])
 *   c: float64[4, 3] = dotGeneral(a, b) { lhsContract: [1], ... }
 *   d: float64[4, 3] = max(c, 0)
 *   return d
 * ```
 */
export function showProgram(program: FlatProgram): string {
  requireParts(program, 'The program of showProgram', ['equations', 'inputs', 'outputs', 'size'], 'trace')
  const names = new Map<Var, string>()
  const name = (v: Var): string => {
    const known = names.get(v) ?? letters(names.size)
    names.set(v, known)
    return known
  }
  const show = (atom: Atom): string => {
    if (atom instanceof Var) return name(atom)
    const { value } = atom
    return Tensor.isInstance(value) && value.size === 1 && value.backend.readSync(value) !== null
      ? String(value.item())
      : `const ${typeOf(atom)}`
  }
  const declare = (v: Var): string => `${name(v)}: ${typeOf(v)}`
  const line = (e: Equation): string =>
    `  ${e.outputs.map(declare).join(', ')} = ${e.primitive ?? e.call.name}(${e.inputs.map(show).join(', ')})${showParams(e.params)}`
  return [
    `program(${program.inputs.map(declare).join(', ')})`,
    ...program.equations.map(line),
    `  return ${program.outputs.map(show).join(', ')}`,
  ].join('\n')
}
