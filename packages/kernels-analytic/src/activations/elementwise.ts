import { jvp } from '@ntk/autodiff'
import { NtkError, onesLike, type Value } from '@ntk/tensor'
import { positive, type Rule, rule } from '@ntk/tensor/options'
import { checkedDual } from '../quadrature/check.js'
import { type Activation, activation, type Defaulted, type Dual, defaulted } from './activation.js'
import {
  type FunctionName,
  functionNames,
  functions,
  type KernelMapName,
  kernelMapNames,
  kernelMaps,
} from './named.js'

/** A function of your own, in ops. */
export type ElementwiseFn = <V extends Value>(x: V) => V
/** T of q, q11, q22 (which broadcast), or its derivative in q, in ops. */
export type KernelMapFn = (q: Value, q11: Value, q22: Value) => Value

type Fn = ElementwiseFn | FunctionName | null
type Map = KernelMapFn | KernelMapName | null

function functionOr<T>(names: readonly string[]): Defaulted<T | null> {
  const accepts = (v: unknown): boolean =>
    v === null || typeof v === 'function' || (typeof v === 'string' && names.includes(v))
  const checked: Rule<T | null> = rule(
    ['a function in ops', ...(names.length > 0 ? [`one of ${names.join(', ')}`] : []), 'null'].join(', or '),
    accepts,
    null,
  )
  return defaulted(checked, null)
}

type Options = {
  readonly fn: Defaulted<Fn>
  readonly nngpFn: Defaulted<Map>
  readonly dNngpFn: Defaulted<KernelMapFn | null>
  readonly scale: Defaulted<number>
}
const options: Options = {
  fn: functionOr<ElementwiseFn | FunctionName>(functionNames),
  nngpFn: functionOr<KernelMapFn | KernelMapName>(kernelMapNames),
  dNngpFn: functionOr<KernelMapFn>([]),
  scale: defaulted(positive(1), 1),
}

interface Given {
  readonly fn: Fn
  readonly nngpFn: Map
  readonly dNngpFn: KernelMapFn | null
  readonly scale: unknown
}

function nothing(): NtkError {
  return new NtkError('spec', {
    what: 'Elementwise needs `fn`, a function in ops or its name, or `nngpFn`, its kernel.',
    got: 'neither',
    fix: 'A function of your own is not JSON: give it again to a layer that was made from a spec.',
  })
}

const ofFunctions = new WeakMap<ElementwiseFn, globalThis.Map<number, Dual<unknown>>>()

/** The dual of a function by quadrature, checked once. */
function dualOf(fn: ElementwiseFn, scale: number): Dual<unknown> {
  const known = ofFunctions.get(fn) ?? new globalThis.Map<number, Dual<unknown>>()
  ofFunctions.set(fn, known)
  const dual = known.get(scale) ?? checkedDual(fn, fn.name === '' ? 'a function' : fn.name, scale)
  known.set(scale, dual)
  return dual
}

function dualByMap(map: KernelMapFn | KernelMapName, derivative: KernelMapFn | null): Dual<unknown> {
  const pair: Dual<unknown>['pair'] = (covariances) => {
    if (typeof map === 'string') return kernelMaps[map](covariances)
    const { q, q11, q22 } = covariances
    const slope = (): Value =>
      derivative?.(q, q11, q22) ?? jvp((c: Value) => map(c, q11, q22), [q], [onesLike(q)])[1]
    return [map(q, q11, q22), slope]
  }
  return { pair, variance: (q, o) => pair({ q, q11: q, q22: q }, o)[0] }
}

function chosen({ fn, nngpFn, dNngpFn, scale }: Given): Dual<unknown> {
  if (nngpFn !== null) return dualByMap(nngpFn, dNngpFn)
  if (fn === null) throw nothing()
  return typeof fn === 'string' ? functions[fn].dual : dualOf(fn, scale as number)
}

/** Any function: its kernel by the formula that is given, or by quadrature where `fn` allows. */
export const Elementwise: Activation<Options, 'fn'> = activation({
  name: 'Elementwise',
  summary:
    'A function `fn` of your own in ops, or one by name; its kernel by quadrature, or by the formula `nngpFn` of q, q11, q22.',
  options,
  examples: [{ fn: 'mish', nngpFn: null, dNngpFn: null, scale: 1 }],
  argument: 'fn',
  apply: (x, { fn, nngpFn }) => {
    if (typeof fn === 'string') return functions[fn].apply(x)
    if (fn !== null) return fn(x)
    if (nngpFn === null) throw nothing()
    throw new NtkError('unsupported', {
      what: 'Elementwise by `nngpFn` alone has a kernel and no finite network.',
      fix: 'Give the function itself as `fn` beside it.',
    })
  },
  dual: {
    pair: (covariances, o) => chosen(o).pair(covariances, {}),
    variance: (q, o) => chosen(o).variance(q, {}),
    mean: (q, o) => {
      if (o.nngpFn !== null && o.fn === null) return undefined
      return chosen({ ...o, nngpFn: null }).mean?.(q, {})
    },
    error: (o) => chosen(o).error?.({}),
    fused: (o) => chosen(o).fused?.({}),
  },
})
