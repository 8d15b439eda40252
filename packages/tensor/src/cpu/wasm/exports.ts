/** A line of outputs between a sample and its patches: see assembly/arith/runs.ts. */
export type LineKernel = (
  sample: number,
  places: number,
  outerTaps: number,
  tapBytes: number,
  patch: number,
  depth: number,
  segments: number,
  count: number,
  step: number,
  begin: number,
  end: number,
) => void

/** What assembly/index.ts exports; pointers and strides in bytes. */
export interface Exports {
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
  promote(src: number, dst: number, n: number): void
  demote(src: number, dst: number, n: number): void
  exp64(p: number, n: number): void
  expm1_64(p: number, n: number): void
  log64(p: number, n: number): void
  log1p64(p: number, n: number): void
  sin64(p: number, n: number): void
  cos64(p: number, n: number): void
  tan64(p: number, n: number): void
  asin64(p: number, n: number): void
  acos64(p: number, n: number): void
  atan64(p: number, n: number): void
  sinh64(p: number, n: number): void
  cosh64(p: number, n: number): void
  tanh64(p: number, n: number): void
  asinh64(p: number, n: number): void
  acosh64(p: number, n: number): void
  atanh64(p: number, n: number): void
  erf64(p: number, n: number): void
  erfc64(p: number, n: number): void
  erfInv64(p: number, n: number): void
  sqrt64(p: number, n: number): void
  rsqrt64(p: number, n: number): void
  logistic64(p: number, n: number): void
  pow64(a: number, b: number, n: number): void
  atan2_64(a: number, b: number, n: number): void
  dualVariances(steps: number, count: number, v: number, n: number, stride: number, known: number): void
  dualTile(
    steps: number,
    count: number,
    nngp: number,
    ntk: number,
    rows: number,
    cols: number,
    ld: number,
    v1: number,
    stride1: number,
    v2: number,
    stride2: number,
    fresh: number,
    work: number,
    out: number,
    apart: number,
  ): void
  seriesList(
    table: number,
    nngp: number,
    ntk: number,
    n: number,
    block1: number,
    first: number,
    block2: number,
    second: number,
    counts: number,
    lines: number,
    scratch: number,
  ): void
  seriesVariances(
    table: number,
    src: number,
    dst: number,
    n: number,
    block: number,
    counts: number,
    lines: number,
    known: number,
    w: number,
    b: number,
  ): void
  sumGroups(src: number, dst: number, n: number, table: number, bytes: number): void
  spaceTasks(
    tasks: number,
    total: number,
    counter: number,
    scratch: number,
    areas: number,
    arrays: number,
    area: number,
    guard: number,
    withNtk: number,
  ): void
  spaceVariances(
    kind: number,
    src: number,
    roots: number,
    dst: number,
    n: number,
    p: number,
    q: number,
    r: number,
    positive: number,
    w: number,
  ): void
  transpose64(src: number, rows: number, cols: number, ld: number, dst: number, ldDst: number): void
  arith64(op: number, a: number, sa: number, b: number, sb: number, dst: number, n: number): void
  arith32(op: number, a: number, sa: number, b: number, sb: number, dst: number, n: number): void
  compare64(op: number, a: number, sa: number, b: number, sb: number, dst: number, n: number): void
  compare32(op: number, a: number, sa: number, b: number, sb: number, dst: number, n: number): void
  select64(c: number, a: number, sa: number, b: number, sb: number, dst: number, n: number): void
  select32(c: number, a: number, sa: number, b: number, sb: number, dst: number, n: number): void
  sign64(op: number, p: number, n: number): void
  sign32(op: number, p: number, n: number): void
  workBytes(): number
  setWork(at: number): void
  solveLeft(
    lower: number,
    transposed: number,
    unit: number,
    n: number,
    a: number,
    lda: number,
    b: number,
    count: number,
    ldb: number,
  ): void
  solveRight(
    lower: number,
    transposed: number,
    unit: number,
    n: number,
    a: number,
    lda: number,
    b: number,
    count: number,
    ldb: number,
  ): void
  cholesky(n: number, a: number, ld: number): number
  lu(n: number, cols: number, a: number, ld: number, from: number, to: number, pivots: number): number
  mirror(n: number, a: number, ld: number, factor: number): void
  tridiagonalize(n: number, a: number, ld: number, d: number, e: number, tau: number, w: number): void
  implicitQl(n: number, d: number, e: number, q: number, ld: number): number
  divideSpace(n: number): number
  divideAndConquer(
    n: number,
    d: number,
    e: number,
    r: number,
    sorted: number,
    u: number,
    s: number,
    space: number,
  ): number
  backTransform(
    n: number,
    a: number,
    ld: number,
    tau: number,
    r: number,
    v: number,
    p: number,
    p2: number,
    t: number,
  ): void
  reduceRows(op: number, src: number, count: number, cols: number, dst: number): void
  reduceColumns(op: number, src: number, count: number, cols: number, dst: number): void
  copyRuns(dst: number, dstStep: number, src: number, srcStep: number, bytes: number, count: number): void
  accumulate64(acc: number, x: number, w: number, n: number, first: number): void
  accumulate32(acc: number, x: number, w: number, n: number, first: number): void
  windowMax32(src: number, table: number, line: number, windows: number, bytes: number, dst: number): void
  windowMax64(src: number, table: number, line: number, windows: number, bytes: number, dst: number): void
  gatherMax32(
    src: number,
    other: number,
    table: number,
    line: number,
    windows: number,
    bytes: number,
    dst: number,
  ): void
  gatherMax64(
    src: number,
    other: number,
    table: number,
    line: number,
    windows: number,
    bytes: number,
    dst: number,
  ): void
  scatterMax32(
    src: number,
    ct: number,
    table: number,
    line: number,
    windows: number,
    bytes: number,
    dst: number,
  ): void
  scatterMax64(
    src: number,
    ct: number,
    table: number,
    line: number,
    windows: number,
    bytes: number,
    dst: number,
  ): void
  patchLine: LineKernel
  addLine32: LineKernel
  addLine64: LineKernel
  repeat32(src: number, dst: number, n: number, count: number): void
  repeat64(src: number, dst: number, n: number, count: number): void
}
