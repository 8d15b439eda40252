/** What assembly/index.ts exports; pointers and strides in bytes. */
export interface Exports {
  readonly memory: WebAssembly.Memory
  heapBase(): number
  pack64(src: number, ld: number, lanes: number, k: number, kContiguous: number, dst: number): void
  pack32(
    src: number,
    ld: number,
    lanes: number,
    k: number,
    kContiguous: number,
    width: number,
    dst: number,
  ): void
  macro64(m: number, n: number, k: number, a: number, b: number, c: number, ldc: number): void
  macro32(m: number, n: number, k: number, a: number, b: number, c: number, ldc: number): void
  combine64(c: number, old: number, n: number, alpha: number, beta: number): void
  combine32(c: number, old: number, n: number, alpha: number, beta: number): void
}
