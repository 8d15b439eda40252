import { activations, type Dual, type KernelNet } from '@ntk/kernels-analytic'
import { NtkError, Tensor, tensor, tensorFromData, type Value } from '@ntk/tensor'
import { finite, nonNegative, orNull, type Rule, type RulesFor, show } from '@ntk/tensor/options'

/** Standard deviations of a layer, as `Dense` has them. */
export interface LayerStds {
  /** Of the weights, times the root of the fan-in: σ_w. 1 unless given. */
  readonly wStd?: number | undefined
  /** Of the biases: σ_b; null, the default, for none. */
  readonly bStd?: number | null | undefined
}

export const stdRules: RulesFor<LayerStds> = {
  wStd: finite(1),
  bStd: orNull(nonNegative(), null),
}

/** What a fully connected layer, an activation φ and then `Dense(wStd, bStd)`, makes of covariances of pre-activations. */
export interface LayerMap {
  readonly name: string
  readonly wVar: number
  readonly bVar: number
  /** The next variance: σ_w² E[φ(u)²] + σ_b², u ~ N(0, q). */
  variance(q: number): number
  /** Of pairs of inputs that both have the variance q, by how far their correlations fall short of 1, d = 1 − c [pairs]. */
  pairs(q: number, d: Float64Array): PairsAfter
  /** χ of equal inputs, χ_1 where q is q*. */
  chi(q: number): number
}

export interface PairsAfter {
  /** By how much the next covariances fall short of the next variance: σ_w² (E[φ(u)²] − E[φ(u) φ(v)]), [pairs]. */
  readonly gap: Float64Array
  /** σ_w² E[φ'(u) φ'(v)], by which the NTK of the pair is multiplied: χ (Schoenholz et al. 2017, Equation 5), [pairs]. */
  chi(): Float64Array
}

/** A layer of @ntk/stax that is one activation, or its name in the spec language where it has no options. */
export type ActivationLike = KernelNet | string

type AnyDual = Dual<Readonly<Record<string, never>>>

interface Found {
  readonly name: string
  readonly dual: AnyDual
  readonly options: Readonly<Record<string, never>>
}

function found(activation: ActivationLike, caller: string): Found {
  const kernel: unknown = typeof activation === 'string' ? named(activation, caller) : activation?.kernel
  const steps: KernelNet['kernel'] | null = Array.isArray(kernel) ? kernel : null
  const step = steps?.[0]
  if (steps?.length !== 1 || step?.kind !== 'activation') {
    throw new NtkError('spec', {
      what: `${caller} needs one activation: a layer of @ntk/stax, such as Erf(), or its name.`,
      got: steps === null ? show(activation) : `a network of ${steps.length} layers`,
      fix: 'The layer between activations is given by wStd and bStd.',
    })
  }
  const record = activations[step.name as keyof typeof activations]
  const dual = record?.dual as AnyDual | null | undefined
  if (dual === null || dual === undefined) {
    throw new NtkError('unsupported', {
      what: `${caller} needs an activation with a kernel.`,
      got: step.name,
    })
  }
  const options = step.options as Readonly<Record<string, never>>
  if (dual.jumps?.(options) === true) {
    throw new NtkError('unsupported', {
      what: `${caller} needs an activation without jumps: at a jump χ has no finite value.`,
      got: step.name,
    })
  }
  return { name: step.name, dual, options }
}

function named(name: string, caller: string): KernelNet['kernel'] {
  const record = Object.hasOwn(activations, name) ? activations[name as keyof typeof activations] : undefined
  const required = Object.values<Rule<unknown>>(record?.options ?? {}).filter((rule) => !('default' in rule))
  if (record === undefined || required.length > 0) {
    throw new NtkError('spec', {
      what: `${caller} knows no activation by that name${record === undefined ? '' : ' alone'}.`,
      got: show(name),
      fix:
        record === undefined
          ? 'Names are those of the layers of @ntk/stax: "Erf", "Tanh", "Relu", ...'
          : `Give the layer with its options: ${name}({ ... }).`,
    })
  }
  const options = Object.fromEntries(
    Object.entries<Rule<unknown>>(record.options).map(([key, rule]) => [key, rule.default]),
  )
  return [{ kind: 'activation', name, options }]
}

/** The map of a layer. Throws NtkError 'spec' or 'unsupported' on what is no activation, or has none. */
export function layerMap(
  activation: ActivationLike,
  { wStd = 1, bStd = null }: LayerStds,
  caller: string,
): LayerMap {
  const { name, dual, options } = found(activation, caller)
  const [wVar, bVar] = [wStd ** 2, (bStd ?? 0) ** 2]
  const values = (x: Value): Float64Array => {
    if (Tensor.isInstance(x)) return Float64Array.from(x.dataSync())
    throw new Error('an expectation of numbers is no tensor')
  }
  const first = (x: Value): number => values(x)[0] as number
  const variance = (q: number): number => first(dual.variance(tensor([[q]]), options))

  const pairs = (q: number, d: Float64Array): PairsAfter => {
    const q11 = tensor([[q]])
    const c = d.map((short) => 1 - short)
    const deficit = tensorFromData(
      d.map((short) => Math.min(short, 2 - short)),
      [1, d.length],
    )
    const q12 = tensorFromData(
      c.map((v) => v * q),
      [1, d.length],
    )
    const covariances = { q: q12, q11, q22: q11, deficit }
    const [t, slope] = dual.pair(covariances, options)
    const own = variance(q)
    const across = values(t)
    // 1 − |c| of the outputs where it is known: differences of covariances lose it where inputs draw together.
    const after = dual.deficit === undefined ? null : values(dual.deficit(covariances, options))
    const gap = across.map((v, i) =>
      after === null ? own - v : own * (v < 0 ? 2 - (after[i] as number) : (after[i] as number)),
    )
    return { gap: gap.map((v) => wVar * v), chi: () => values(slope()).map((v) => wVar * v) }
  }

  return {
    name,
    wVar,
    bVar,
    variance: (q) => wVar * variance(q) + bVar,
    pairs,
    chi: (q) => pairs(q, Float64Array.of(0)).chi()[0] as number,
  }
}
