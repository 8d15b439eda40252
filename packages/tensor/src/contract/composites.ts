import type { Backend } from '../backend.js'
import { runFused } from '../composites/bind.js'
import type { Composite } from '../composites/composite.js'
import type { CompositeInputs, CompositeName } from '../composites/contracts.js'
import { inferComposite } from '../composites/rules.js'
import { Donation } from '../donation.js'
import { allocate, type DType, type TypedArray } from '../dtype.js'
import { sameShape, showShape, sizeOf } from '../shape.js'
import { Tensor, tensorFromData } from '../tensor.js'
import type { Value } from '../value.js'
import type { CompositeCase, Numbers } from './composite-case.js'
import { type CompositeFamily, compositeTable } from './composite-cases.js'
import { type Comparison, compare, type Tolerance } from './run.js'
import type { TestFramework } from './test-framework.js'

type Differences = Readonly<Record<'float64' | 'float32', number>>

export interface CompositeContractOptions {
  /**
   * Largest differences relative to the largest element. Sums of weighted values must be exact; the dual of two close vectors
   * loses as many digits as they share.
   */
  readonly tolerance?: Partial<Differences>
}

const differences: Differences = { float64: 4e-12, float32: 2e-4 }

const tolerance = (element: number): Tolerance => ({ element, sum: element, factor: element })

function fill({ shape, values }: Numbers, dtype: DType): TypedArray {
  const data = allocate(dtype, sizeOf(shape))
  for (let i = 0; i < data.length; i++) {
    const value = values[i % values.length] as number
    data[i] = dtype === 'int32' ? Math.round(4 * value) : value
  }
  return data
}

function upload<N extends CompositeName>(
  inputs: CompositeInputs<N, Numbers>,
  dtype: DType,
  backend: Backend,
): CompositeInputs<N, Tensor> {
  const tensors = inputs.map((own) => tensorFromData(fill(own, dtype), own.shape, backend))
  // A map keeps the length of a tuple, which its type cannot say.
  return tensors as readonly Tensor[] as CompositeInputs<N, Tensor>
}

function needTensors(values: readonly Value[]): readonly Tensor[] {
  return values.map((value) => {
    if (Tensor.isInstance(value)) return value
    throw new Error('the decomposition of tensors gave a value that is no tensor')
  })
}

/** Holds outputs against the ones expected; throws an error that names the element. */
async function hold(
  got: readonly Tensor[],
  expected: readonly Tensor[],
  comparison: Omit<Comparison, 'dtype'>,
): Promise<void> {
  if (got.length !== expected.length)
    throw new Error(`${got.length} outputs, and the decomposition has ${expected.length}`)
  for (const [i, own] of expected.entries()) {
    const other = got[i] as Tensor
    if (!sameShape(own.shape, other.shape) || own.dtype !== other.dtype)
      throw new Error(
        `output ${i} is ${other.dtype}${showShape(other.shape)}, expected ${own.dtype}${showShape(own.shape)}`,
      )
    compare(await other.data(), await own.data(), { ...comparison, dtype: own.dtype })
  }
}

/** Runs one case fused and decomposed. Gives whether the backend's kernel took it. */
async function runCase<N extends CompositeName>(
  composite: Composite<N>,
  { inputs, params, donate }: CompositeCase<N>,
  dtype: DType,
  backend: Backend,
  comparison: Omit<Comparison, 'dtype'>,
): Promise<boolean> {
  const { name } = composite
  const own = upload<N>(inputs, dtype, backend)
  const kept = inputs.map((input) => fill(input, dtype))
  const plain = needTensors(composite.decompose(own, params))
  const shapes = inferComposite(name, own, params)
  if (shapes.length !== plain.length)
    throw new Error(`${plain.length} outputs, and the contract says ${shapes.length}`)
  shapes.forEach((o, i) => {
    if (!sameShape(o.shape, plain[i]?.shape ?? []) || o.dtype !== plain[i]?.dtype)
      throw new Error(`output ${i} is not the ${o.dtype}${showShape(o.shape)} of the contract`)
  })
  const fused = runFused(name, own, params)
  if (fused !== null) await hold(fused, plain, comparison)
  for (const [i, input] of own.entries()) {
    const still = await input.data()
    if (still.some((v, k) => !Object.is(v, kept[i]?.[k]))) throw new Error(`input ${i} was written to`)
  }
  if (donate === undefined) return fused !== null
  const given = upload<N>(inputs, dtype, backend)
  const donation = new Donation(donate)
  const over = runFused(name, given, params, donation)
  if (over === null) {
    if (donate.some((place) => donation.taken(place)))
      throw new Error('the kernel took a buffer and left the case to the decomposition')
    return fused !== null
  }
  await hold(over, plain, comparison)
  for (const [i, input] of given.entries()) {
    if (donate.includes(i)) continue
    const still = await input.data()
    if (still.some((v, k) => !Object.is(v, kept[i]?.[k])))
      throw new Error(`input ${i}, which was not given away, was written to`)
  }
  return true
}

/**
 * Registers, for a backend and a composite, that the backend's fused kernel gives what the decomposition gives: over random
 * inputs and at the edges, with and without inputs that are given away. A backend without a kernel of it passes; one whose
 * kernel takes none of the cases fails.
 */
export function compositeContract<N extends CompositeName>(
  makeBackend: () => Backend | Promise<Backend>,
  composite: Composite<N>,
  framework: Pick<TestFramework, 'it'>,
  options: CompositeContractOptions = {},
): void {
  const { it } = framework
  const family: CompositeFamily<N> = compositeTable[composite.name]
  for (const dtype of family.dtypes) {
    it(`${composite.name} of ${dtype}, fused, is its decomposition in ${family.cases.length} cases`, async () => {
      const backend = await makeBackend()
      if (!backend.dtypes.includes(dtype)) return
      let taken = 0
      for (const c of family.cases) {
        try {
          const comparison = {
            closeness: family.closeness,
            tolerance: {
              float64: tolerance(options.tolerance?.float64 ?? differences.float64),
              float32: tolerance(options.tolerance?.float32 ?? differences.float32),
            },
            signedZeros: true,
          }
          if (await runCase(composite, c, dtype, backend, comparison)) taken++
        } catch (error) {
          throw new Error(
            `${composite.name} ${c.note}: ${error instanceof Error ? error.message : String(error)}`,
            {
              cause: error,
            },
          )
        }
      }
      if (backend.composites[composite.name] !== undefined && taken === 0 && dtype !== 'int32') {
        throw new Error(
          `the ${backend.name} backend lists a kernel of ${composite.name} that takes no case of ${dtype}`,
        )
      }
    })
  }
}
