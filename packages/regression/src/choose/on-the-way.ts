import { type KernelNet, type KernelStep, kernelFn, type OneNet } from '@ntk/kernels-analytic'
import type { Tensor } from '@ntk/tensor'
import { type FitCall, type KernelChoice, sourceOf } from '../kernel-source.js'

/** The kernels of a network, by what they are. */
type Kernels = Partial<Record<KernelChoice, Tensor>>

/**
 * Kernels [n, n] of networks, those that lie on the way of a deeper one from its pass: its steps get a name where the other ends. Names that steps have
 * already change no kernel and are left out.
 */
export async function kernelsOf(
  nets: readonly KernelNet[],
  kinds: readonly KernelChoice[],
  x: Tensor,
  call: FitCall,
): Promise<{ readonly kernels: readonly Kernels[]; readonly passes: number }> {
  const kernels: Kernels[] = nets.map(() => ({}))
  const steps = nets.map(({ kernel }) => kernel.filter(({ kind }) => kind !== 'name'))
  const left = new Set(nets.keys())
  let passes = 0
  // The deepest first, so that all that lie on its way go with it.
  for (const deepest of [...nets.keys()].sort((a, b) => lengthOf(steps, b) - lengthOf(steps, a))) {
    if (!left.has(deepest)) continue
    const whole = steps[deepest] as readonly KernelStep[]
    const there = [...left].filter((i) => isBeginning(steps[i] as readonly KernelStep[], whole))
    for (const i of there) left.delete(i)
    passes++
    const ends = [...new Set(there.map((i) => lengthOf(steps, i)))].sort((a, b) => a - b)
    if (ends.length === 1) {
      const source = (get: KernelChoice): Promise<Tensor> =>
        sourceOf(nets[deepest] as KernelNet, get).train(x, call)
      const found: Kernels = {}
      for (const get of kinds) found[get] = await source(get)
      for (const i of there) kernels[i] = found
      continue
    }
    const marked = withNames(whole, ends)
    for (const get of kinds) {
      const at = ends.map(nameOf)
      const found = await kernelFn(marked as OneNet)(x, null, { get, at, ...call })
      for (const i of there) (kernels[i] as Kernels)[get] = found[nameOf(lengthOf(steps, i))] as Tensor
    }
  }
  return { kernels, passes }
}

const lengthOf = (steps: readonly (readonly KernelStep[])[], i: number): number => steps[i]?.length ?? 0
const nameOf = (end: number): string => `after-${end}`

function withNames(steps: readonly KernelStep[], ends: readonly number[]): KernelNet {
  const kernel = steps.flatMap((step, i): readonly KernelStep[] =>
    ends.includes(i + 1) ? [step, { kind: 'name', name: nameOf(i + 1) }] : [step],
  )
  return { kernel }
}

/** Whether the steps of one network are the first ones of another, so that what comes out of them is on the other's way. */
function isBeginning(some: readonly KernelStep[], whole: readonly KernelStep[]): boolean {
  return some.length <= whole.length && some.every((step, i) => isSame(step, whole[i]))
}

/** How many channels an infinite layer has is no part of its kernel in the ntk parameterization. */
function isSame(a: KernelStep, b: KernelStep | undefined): boolean {
  const free = (step: KernelStep | undefined): unknown =>
    step?.kind === 'affine' && step.parameterization === 'ntk' ? { ...step, out: 0, layer: '' } : step
  return isEqual(free(a), free(b))
}

/** Plain data by its parts, functions and all else as themselves. */
function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  const plain = Array.isArray(a) || Object.getPrototypeOf(a) === Object.prototype
  if (!plain) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => name in b && isEqual(Reflect.get(a, name), Reflect.get(b, name)))
  )
}
