import { loadFfi, symbol } from './ffi.js'

/** M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of <malloc.h>, MADV_HUGEPAGE of <sys/mman.h>. */
const trimThreshold = -1
const mmapThreshold = -3
const hugePages = 14

/** Freed memory that the C library keeps for the next arrays, and the size from which it maps arrays one by one. */
const kept = 512 << 20
const mapped = 256 << 20
/**
 * The size from which arrays ask for pages of 2 MB, up to what is mapped one by one. Larger arrays do not: a virtual machine
 * that gives free memory back to its host gives back pages of 2 MB, and gets each again for more than 512 small faults cost.
 */
const paged = 16 << 20
const page = 2 << 20

/**
 * Makes large arrays cheap on Linux, where a new array of 16 MB otherwise costs 4096 page faults, more than the
 * arithmetic on it: asks glibc to keep freed memory (up to 512 MB) for the next arrays instead of giving it back at
 * once, and the kernel for pages of 2 MB in arrays from 16 to 256 MB. Both are requests; where they fail nothing changes.
 * Gives the function that asks for pages, or null where there is nothing to ask. `NTK_BLAS=off` turns this off too.
 */
export function tuneMemory(): ((array: ArrayBufferView) => void) | null {
  if (process.platform !== 'linux' || /^(off|none|0|false)$/i.test(process.env.NTK_BLAS ?? '')) return null
  const ffi = loadFfi()
  if ('reason' in ffi || ffi.address === undefined) return null
  const { address } = ffi
  try {
    const c = ffi.load(null)
    const mallopt = symbol(c, 'mallopt', 'int', ['int', 'int'])
    if (mallopt?.(mmapThreshold, mapped) === 1) mallopt(trimThreshold, kept)
    const madvise = symbol(c, 'madvise', 'int', ['uintptr_t', 'size_t', 'int'])
    if (madvise === null) return null
    return (array) => {
      if (array.byteLength < paged || array.byteLength >= mapped) return
      const at = Number(address(array))
      const from = Math.ceil(at / page) * page
      const to = Math.floor((at + array.byteLength) / page) * page
      if (to > from) madvise(from, to - from, hugePages)
    }
  } catch {
    return null
  }
}
