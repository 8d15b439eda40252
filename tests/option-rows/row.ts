export interface Row {
  readonly name: string
  /** The type of the options; null for layers, whose rules their specs are checked by. */
  readonly type: string | null
  /** The call; options come as they are given. */
  readonly call: (options: never) => unknown
  /** A good value for every option. */
  readonly good: Readonly<Record<string, unknown>>
  /** Options that must be given. */
  readonly required?: readonly string[]
  /** Options that null is a value of. */
  readonly nullable?: readonly string[]
  /** Options that NaN is a value of. */
  readonly nan?: readonly string[]
  /** Options that hold anything. */
  readonly open?: readonly string[]
  /** The code that even good options end in here, where there is no network and no file. */
  readonly fails?: string
}
