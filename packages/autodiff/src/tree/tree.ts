import type { Value } from '@ntk/tensor'
import { NtkError } from '@ntk/tensor'
import { requireFunction, requireList, requireParts } from '@ntk/tensor/options'

/**
 * Values nested in arrays and plain objects, `null` for nothing: the parameters of a network, a batch, a state.
 * Keys whose value is `undefined` count as absent.
 */
export type Tree = Value | null | readonly Tree[] | { readonly [key: string]: Tree }

/** The structure of a tree without its leaves. Plain JSON. */
export type TreeDef =
  | { readonly kind: 'leaf' }
  | { readonly kind: 'none' }
  | { readonly kind: 'list'; readonly items: readonly TreeDef[] }
  | { readonly kind: 'record'; readonly keys: readonly string[]; readonly items: readonly TreeDef[] }

export interface Flattened {
  readonly leaves: Value[]
  readonly treedef: TreeDef
}

export const leafDef: TreeDef = { kind: 'leaf' }
const noneDef: TreeDef = { kind: 'none' }

/** Whether a node is a Tensor or a tracer. */
export function isValue(node: unknown): node is Value {
  return (
    typeof node === 'object' && node !== null && 'interpreter' in node && 'dtype' in node && 'shape' in node
  )
}

export function isRecord(node: unknown): node is Readonly<Record<string, unknown>> {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return false
  const prototype: unknown = Object.getPrototypeOf(node)
  return prototype === Object.prototype || prototype === null
}

function describe(node: unknown): string {
  if (node === null) return 'null'
  if (isValue(node)) return 'a tensor'
  if (Array.isArray(node)) return `a list of ${node.length}`
  if (isRecord(node)) return `an object with keys ${presentKeys(node).join(', ') || '(none)'}`
  return typeof node === 'object' ? `a ${node.constructor?.name ?? 'object'}` : typeof node
}

/** `root[0].w` for ['0', 'w'] where 0 indexes a list. */
const show = (path: string): string => (path === '' ? 'the root' : `tree${path}`)

function presentKeys(node: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(node).filter((k) => node[k] !== undefined)
}

function notATree(node: unknown, path: string): NtkError {
  return new NtkError('tree', {
    what: `A tree has tensors, lists, plain objects and null only; ${show(path)} is something else.`,
    got: describe(node),
    fix: 'Wrap numbers with tensor(...), and pass options outside of the tree.',
  })
}

function walk(node: unknown, path: string, leaves: Value[]): TreeDef {
  if (isValue(node)) {
    leaves.push(node)
    return leafDef
  }
  if (node === null) return noneDef
  if (Array.isArray(node))
    return { kind: 'list', items: node.map((item, i) => walk(item, `${path}[${i}]`, leaves)) }
  if (!isRecord(node)) throw notATree(node, path)
  const keys = presentKeys(node)
  return { kind: 'record', keys, items: keys.map((k) => walk(node[k], `${path}.${k}`, leaves)) }
}

/** The leaves of `node` in the order of `def`, whose structure it must have (the order of keys does not matter). */
function walkAs(def: TreeDef, node: unknown, path: string, leaves: Value[]): void {
  const mismatch = (expected: string): NtkError =>
    new NtkError('tree', {
      what: `Trees need equal structures; ${show(path)} should be ${expected}.`,
      got: describe(node),
    })
  switch (def.kind) {
    case 'leaf':
      if (!isValue(node)) throw mismatch('a tensor')
      leaves.push(node)
      return
    case 'none':
      if (node !== null) throw mismatch('null')
      return
    case 'list':
      if (!Array.isArray(node) || node.length !== def.items.length)
        throw mismatch(`a list of ${def.items.length}`)
      def.items.forEach((item, i) => walkAs(item, node[i], `${path}[${i}]`, leaves))
      return
    case 'record': {
      const keys = isRecord(node) ? presentKeys(node) : null
      if (keys === null || keys.length !== def.keys.length || !def.keys.every((k) => keys.includes(k))) {
        throw mismatch(`an object with keys ${def.keys.join(', ') || '(none)'}`)
      }
      def.items.forEach((item, i) => {
        const k = def.keys[i] as string
        walkAs(item, (node as Record<string, unknown>)[k], `${path}.${k}`, leaves)
      })
    }
  }
}

/**
 * The leaves of a tree and its structure. Lists in order, objects in the order in which their keys were set.
 * Given the structure of another tree, the leaves come in that tree's order, matched by key; throws NtkError
 * 'tree' naming the path where the structures differ, or where something is no tree.
 */
export function treeFlatten(tree: unknown, treedef?: TreeDef): Flattened {
  const leaves: Value[] = []
  if (treedef === undefined) return { treedef: walk(tree, '', leaves), leaves }
  requireParts(treedef, 'The structure of treeFlatten', ['kind'], 'treeFlatten')
  walkAs(treedef, tree, '', leaves)
  return { leaves, treedef }
}

/** How many leaves a tree of this structure has. */
export function countLeaves(def: TreeDef): number {
  if (def.kind === 'leaf') return 1
  if (def.kind === 'none') return 0
  return def.items.reduce((n, item) => n + countLeaves(item), 0)
}

function build(def: TreeDef, next: () => unknown): unknown {
  switch (def.kind) {
    case 'leaf':
      return next()
    case 'none':
      return null
    case 'list':
      return def.items.map((item) => build(item, next))
    case 'record':
      return Object.fromEntries(def.items.map((item, i) => [def.keys[i] as string, build(item, next)]))
  }
}

/** The tree with this structure and these leaves; `T` is what the caller knows of its type. */
export function treeUnflatten<T = Tree>(treedef: TreeDef, leaves: readonly unknown[]): T {
  requireParts(treedef, 'The structure of treeUnflatten', ['kind'], 'treeFlatten')
  requireList(leaves, 'The leaves of treeUnflatten')
  const expected = countLeaves(treedef)
  if (leaves.length !== expected) {
    throw new NtkError('tree', {
      what: `A tree of this structure has ${expected} leaves.`,
      got: String(leaves.length),
    })
  }
  let at = 0
  return build(treedef, () => leaves[at++]) as T
}

/** The leaves of a tree in the order of `treeFlatten`. */
export function treeLeaves(tree: unknown, treedef?: TreeDef): Value[] {
  return treeFlatten(tree, treedef).leaves
}

/** A tree of f(leaf, ...leaves of the other trees at the same place). The other trees must have the structure of the first. */
export function treeMap<T, V extends Value = Value>(
  f: (leaf: V, ...rest: V[]) => V,
  tree: T,
  ...rest: readonly unknown[]
): T {
  requireFunction(f, 'f of treeMap')
  const { leaves, treedef } = treeFlatten(tree)
  const others = rest.map((other) => treeFlatten(other, treedef).leaves)
  return treeUnflatten<T>(
    treedef,
    leaves.map((leaf, i) => f(leaf as V, ...others.map((o) => o[i] as V))),
  )
}

/** The path of each leaf, as `[0].w`, in the order of `treeFlatten`. */
export function leafPaths(def: TreeDef, path = ''): string[] {
  requireParts(def, 'The structure of leafPaths', ['kind'], 'treeFlatten')
  switch (def.kind) {
    case 'leaf':
      return [path]
    case 'none':
      return []
    case 'list':
      return def.items.flatMap((item, i) => leafPaths(item, `${path}[${i}]`))
    case 'record':
      return def.items.flatMap((item, i) => leafPaths(item, `${path}.${def.keys[i] as string}`))
  }
}
