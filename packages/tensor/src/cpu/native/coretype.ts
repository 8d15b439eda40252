/** What counts of /proc/cpuinfo. */
export interface CpuInfo {
  readonly vendor: string
  readonly family: number
  readonly flags: ReadonlySet<string>
}

/** The first processor of Linux's /proc/cpuinfo on x86; null where the text is of another kind. */
export function parseCpuInfo(text: string): CpuInfo | null {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}\\s*:\\s*(.*)$`, 'm').exec(text)?.[1]
  const flags = field('flags')
  if (flags === undefined) return null
  return {
    vendor: field('vendor_id') ?? '',
    family: Number(field('cpu family') ?? 0),
    flags: new Set(flags.trim().split(/\s+/)),
  }
}

const avx512 = ['avx512f', 'avx512dq', 'avx512bw', 'avx512vl', 'avx512cd']

/**
 * The OPENBLAS_CORETYPE for this CPU, by what it can do. OpenBLAS decides by model numbers, and a release that is
 * older than the CPU falls back to kernels of 2004 (Prescott), ten times slower. These are the names that later
 * releases choose for such a CPU, so that setting them changes nothing where the library knows it; names that a
 * release does not know it ignores. Null leaves the choice to the library.
 */
export function coreTypeFor(cpu: CpuInfo): string | null {
  const has = (...flags: readonly string[]): boolean => flags.every((flag) => cpu.flags.has(flag))
  const amd = cpu.vendor === 'AuthenticAMD' || cpu.vendor === 'HygonGenuine'
  if (cpu.vendor !== 'GenuineIntel' && !amd) return null
  if (has(...avx512)) {
    if (!amd && has('amx_bf16', 'amx_tile', 'avx512_bf16')) return 'SAPPHIRERAPIDS'
    return has('avx512_bf16') ? 'COOPERLAKE' : 'SKYLAKEX'
  }
  if (!has('avx2', 'fma')) return null
  // Zen begins with family 23; older AMD processors with AVX2 have kernels of their own.
  if (amd) return cpu.family >= 23 ? 'ZEN' : null
  return 'HASWELL'
}

/** Whether `core`, which the library reports, is of a generation before what the CPU can do. */
export function coreIsBehind(core: string, cpu: CpuInfo): boolean {
  const name = core.toLowerCase()
  const wide = ['skylakex', 'cooperlake', 'sapphirerapids']
  const middle = ['haswell', 'zen', 'excavator']
  if (avx512.every((flag) => cpu.flags.has(flag))) return !wide.includes(name)
  if (cpu.flags.has('avx2') && cpu.flags.has('fma')) return !wide.includes(name) && !middle.includes(name)
  return false
}
