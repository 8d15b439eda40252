import type { Primitive } from '../primitives.js'

/** Primitives that the ops people call have other names than. */
const names: Partial<Readonly<Record<Primitive, string>>> = {
  max: 'maximum',
  min: 'minimum',
  eq: 'equal',
  ne: 'notEqual',
  lt: 'less',
  le: 'lessEqual',
  gt: 'greater',
  ge: 'greaterEqual',
  and: 'logicalAnd',
  or: 'logicalOr',
  xor: 'logicalXor',
  not: 'logicalNot',
  select: 'where',
  reduceSum: 'sum',
  reduceProd: 'prod',
  reduceMax: 'max',
  reduceMin: 'min',
  reduceAnd: 'all',
  reduceOr: 'any',
  gather: 'take',
  iota: 'arange',
}

/** What messages call a primitive: the op that people called. */
export const publicName = (primitive: string): string =>
  Object.hasOwn(names, primitive) ? (names[primitive as Primitive] as string) : primitive
