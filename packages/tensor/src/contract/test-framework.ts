/** The parts of a test framework that the suite needs; vitest, jest and node:test fit. */
export interface TestFramework {
  readonly describe: (name: string, body: () => void) => unknown
  readonly it: ((name: string, body: () => Promise<void>) => unknown) & {
    skip(name: string, body: () => Promise<void>): unknown
  }
}
