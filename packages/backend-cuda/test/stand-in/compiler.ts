import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import koffi from 'koffi'

/** The machine's C compiler plays NVRTC: a program becomes a library whose function runs all blocks and threads one after the other. */

const folder = join(import.meta.dirname, '../../node_modules/.cache/stand-in')

const before = `#include <math.h>
#define __global__
typedef struct { unsigned x; } Index;
static Index blockIdx, threadIdx, blockDim;
static inline double rsqrt(double x) { return 1 / sqrt(x); }
static inline float rsqrtf(float x) { return (float)(1 / sqrt((double)x)); }
/* Winitzki's guess (2008), and Halley's steps on erf, in the tail on erfc */
static double erfinv(double x) {
const double p = fabs(x);
if (!(p <= 1)) return NAN;
if (p == 1) return x * INFINITY;
if (p == 0) return x;
const double l = log1p(-p * p), h = 2 / (M_PI * 0.147) + l / 2;
double y = sqrt(sqrt(h * h - l / 0.147) - h);
for (int k = 0; k < 4; k++) {
const double error = p < 0.5 ? erf(y) - p : 1 - p - erfc(y);
const double step = error / (M_2_SQRTPI * exp(-y * y));
y -= step / (1 + y * step);
}
return x < 0 ? -y : y;
}
`

const after = (name: string): string => `
void run(const Args* a, unsigned grid, unsigned block) {
blockDim.x = block;
for (blockIdx.x = 0; blockIdx.x < grid; blockIdx.x++)
for (threadIdx.x = 0; threadIdx.x < block; threadIdx.x++) ${name}(*a);
}
`

export const compiler: string | null =
  ['cc', 'gcc', 'clang'].find((name) => spawnSync(name, ['--version']).status === 0) ?? null

/** The library of a program, or what the compiler says. */
export function compile(text: string, name: string): { readonly library: string } | { readonly log: string } {
  const whole = `${before}${text}${after(name)}`
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 24)
  mkdirSync(folder, { recursive: true })
  const library = join(folder, `${hash}.so`)
  if (existsSync(library)) return { library }
  const [source, part] = [join(folder, `${hash}.${process.pid}.c`), `${library}.${process.pid}`]
  writeFileSync(source, whole)
  const flags = ['-O1', '-ffp-contract=off', '-w', '-shared', '-fPIC', '-o', part, source, '-lm']
  try {
    execFileSync(compiler ?? 'cc', flags, { stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (error) {
    return { log: String((error as { stderr?: Buffer }).stderr ?? error) }
  }
  renameSync(part, library)
  return { library }
}

export type Run = (args: bigint, grid: number, block: number) => void

export const load = (library: string): Run => {
  const f = koffi.load(library).func('run', 'void', ['uint64_t', 'uint', 'uint'])
  return (args, grid, block) => f(args, grid, block)
}
