/**
 * What stands before every program. Programs are written in what CUDA and C have in common, so that the tests can compile them for the
 * processor: the body of one kernel in one dimension, without barriers, whose thread is `i`. Its arguments are `a.v` (addresses
 * and whole numbers) and `a.d` (numbers).
 */

export const kernelName = 'ntk_kernel'

/** How many arguments there is room for: 2,880 bytes of the 4,096 that a kernel may have. */
export const slots = { v: 264, d: 96 } as const

const prelude = `
typedef long long i64;
typedef unsigned long long u64;
typedef unsigned int u32;
typedef unsigned char u8;
typedef struct { u64 v[${slots.v}]; double d[${slots.d}]; } Args;
#ifdef __CUDACC__
#define KERNEL extern "C" __global__ void
#define INLINE static __device__ __forceinline__
#define NTK_INF __longlong_as_double(0x7ff0000000000000LL)
#else
#define KERNEL void
#define INLINE static inline
#define NTK_INF ((double)INFINITY)
#endif
INLINE double ntk_logistic(double x) {
const double e = exp(x < 0 ? x : -x);
return (x < 0 ? e : 1) / (1 + e);
}
`

/** The whole text of a program. The first argument of every one is the number of its threads. */
export function program(body: string): string {
  return `${prelude}KERNEL ${kernelName}(const Args a) {
const i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
if (i >= (i64)a.v[0]) return;
${body}}
`
}
