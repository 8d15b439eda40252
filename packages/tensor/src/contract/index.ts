/**
 * The contract that every backend keeps, as a list of cases: each primitive with its options, dtypes and awkward
 * shapes, held against the reference evaluator. It knows no test framework.
 */
import type { Arity } from '../arity.js'
import type { Backend } from '../backend.js'
import { type DType, dtypes } from '../dtype.js'
import { primitives } from '../infer/index.js'
import type { InputArity, Params, Primitive } from '../primitives.js'
import { showShape } from '../shape.js'
import { behaviours } from './behaviours.js'
import type { Case, Family } from './case.js'
import type { ContractCase } from './contract-case.js'
import { type CaseOptions, runCase, type Tolerance, tolerances } from './run.js'
import { contractTable } from './table.js'
import type { TestFramework } from './test-framework.js'

export { type CompositeContractOptions, compositeContract } from './composites.js'
export type { ContractCase } from './contract-case.js'
export type { Tolerance } from './run.js'
export { tolerances } from './run.js'
export type { TestFramework } from './test-framework.js'

export interface Skip {
  /** Cases whose names contain this text or match this pattern. */
  readonly match: string | RegExp
  /** Why the backend cannot do it. */
  readonly reason: string
}

export interface ContractOptions {
  readonly skip?: readonly Skip[]
  /** Largest differences by dtype, where the backend's arithmetic is coarser than the default `tolerances`. */
  readonly tolerance?: Readonly<Partial<Record<'float64' | 'float32', Tolerance>>>
  /** False where the device loses the sign of zero. */
  readonly signedZeros?: boolean
}

function nameOf(primitive: Primitive, dtype: DType, c: Case<Arity, object>): string {
  const operands = c.inputs.map((i) => showShape(i.shape)).join(' and ')
  const params = Object.keys(c.params).length === 0 ? '' : ` with ${JSON.stringify(c.params)}`
  const note = c.note === undefined ? '' : `, ${c.note}`
  return `${primitive} of ${dtype}${operands === '' ? '' : ` ${operands}`}${params}${note}`
}

/** Refusals are a behaviour of their own; a case of what is not claimed has nothing to check. */
function claims(backend: Backend, primitive: Primitive, dtype: DType, c: Case<Arity, object>): boolean {
  const target = 'dtype' in c.params ? (c.params.dtype as DType) : dtype
  return (
    backend.dtypes.includes(target) && backend.dtypes.includes(dtype) && backend.supports(primitive, dtype)
  )
}

function casesOf<P extends Primitive>(primitive: P, options: CaseOptions): ContractCase[] {
  const family: Family<InputArity<P>, Params<P>> = contractTable[primitive]
  return family.cases.flatMap((c) =>
    (c.dtypes ?? family.dtypes).map((dtype) => {
      const name = nameOf(primitive, dtype, c)
      return {
        name,
        primitive,
        dtype,
        run: (backend: Backend) =>
          claims(backend, primitive, dtype, c)
            ? runCase(backend, primitive, c, dtype, family.closeness, name, options)
            : Promise.resolve(),
      }
    }),
  )
}

/** Every case, in the order of the primitives' table. Names that would be equal are numbered. */
export function contractCases(options: Omit<ContractOptions, 'skip'> = {}): ContractCase[] {
  const settings: CaseOptions = {
    tolerance: { ...tolerances, ...options.tolerance },
    signedZeros: options.signedZeros ?? true,
  }
  const cases = [...behaviours, ...primitives.flatMap((p) => casesOf(p, settings))]
  const seen = new Map<string, number>()
  return cases.map((c) => {
    const count = (seen.get(c.name) ?? 0) + 1
    seen.set(c.name, count)
    return count === 1 ? c : { ...c, name: `${c.name} (${count})` }
  })
}

function holds(name: string, { match }: Skip): boolean {
  return typeof match === 'string' ? name.includes(match) : match.test(name)
}

/** Runs cases one after the other; fails with all that differ. */
async function runAll(cases: readonly ContractCase[], backend: Backend): Promise<void> {
  const failures: string[] = []
  for (const c of cases) {
    try {
      await c.run(backend)
    } catch (error) {
      failures.push(`${c.name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  if (failures.length > 0) {
    throw new Error(`${failures.length} of ${cases.length} cases differ\n${failures.slice(0, 12).join('\n')}`)
  }
}

/**
 * Registers the suite for a backend: a test for each primitive and dtype, which names the cases that differ.
 * `makeBackend` is called once, by the first test. Cases that match a skip are registered as skipped with its reason
 * in their name.
 */
export function backendContract(
  makeBackend: () => Backend | Promise<Backend>,
  framework: TestFramework,
  options: ContractOptions = {},
): void {
  const { describe, it } = framework
  let made: Promise<Backend> | undefined
  const backend = (): Promise<Backend> => {
    made ??= Promise.resolve(makeBackend())
    return made
  }
  const all = contractCases(options)
  const reasonOf = (c: ContractCase): string | undefined =>
    options.skip?.find((s) => holds(c.name, s))?.reason
  const kept = all.filter((c) => reasonOf(c) === undefined)
  describe('buffers and claims', () => {
    for (const c of kept) if (c.primitive === null) it(c.name, async () => c.run(await backend()))
  })
  describe('primitives', () => {
    for (const primitive of primitives) {
      for (const dtype of dtypes) {
        const cases = kept.filter((c) => c.primitive === primitive && c.dtype === dtype)
        if (cases.length === 0) continue
        it(`${primitive} of ${dtype} is that of the reference in ${cases.length} cases`, async () =>
          runAll(cases, await backend()))
      }
    }
  })
  if (kept.length === all.length) return
  describe('left out', () => {
    for (const c of all) {
      const reason = reasonOf(c)
      if (reason !== undefined) it.skip(`${c.name} (${reason})`, async () => undefined)
    }
  })
}
