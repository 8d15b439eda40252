/**
 * Package managers may install two versions of this package side by side. Each copy has an engine, tables and owners of
 * memory of its own, and works alone; a value of one that came to an op of the other could be computed by rules that
 * do not know it. Values, tracers and backends therefore carry the copy they belong to, and the door of each op looks.
 */
import { NtkError } from './errors.js'

/** One loaded copy of a package. */
export interface PackageCopy {
  readonly name: string
  readonly version: string
}

declare const PACKAGE_VERSION: string | undefined

/** This copy. The build writes the version in; sources that were not built have none. */
export const thisCopy: PackageCopy = Object.freeze({
  name: '@ntk/tensor',
  version: typeof PACKAGE_VERSION === 'string' ? PACKAGE_VERSION : 'sources',
})

const mark = Symbol.for('@ntk/tensor/copy')

interface Marked {
  readonly [mark]: PackageCopy
}

function isMarked(x: unknown): x is Marked {
  return typeof x === 'object' && x !== null && mark in x
}

/**
 * Says that an object belongs to this copy of `@ntk/tensor`: a backend, or the prototype of a class of values. What has
 * no mark is let through. Returns the object.
 */
export function markCopy<T extends object>(x: T): T {
  return Object.defineProperty(x, mark, { value: thisCopy })
}

/** The error of two copies of a package that met: both versions, and the way out. */
export function copiesError(here: PackageCopy, other: PackageCopy): NtkError {
  return new NtkError('copies', {
    what: `Two copies of ${here.name} are loaded, and what belongs to one came to the other.`,
    got: here.version === other.version ? `${here.version} twice` : `${here.version} and ${other.version}`,
    fix: `See who asks for which with \`npm ls ${here.name}\`, then ask for one minor version of all @ntk packages: \`npm install\` each \`@latest\`, then \`npm dedupe\`.`,
  })
}

/** Throws NtkError 'copies' where `x` belongs to another copy of `@ntk/tensor`. */
export function checkCopy(x: unknown): void {
  if (isMarked(x) && x[mark] !== thisCopy) throw copiesError(thisCopy, x[mark])
}
