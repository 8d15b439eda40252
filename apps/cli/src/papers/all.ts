import type { Runnable } from '../experiment/runnable.js'

/** The experiments that come with `ntk`, in the order of lists; each is loaded when it is asked for. */
export const experiments: Readonly<Record<string, () => Promise<Runnable>>> = {
  'lee-s9': async () => (await import('./lee-s9.js')).leeS9,
  'lee-s10': async () => (await import('./lee-s10.js')).leeS10,
  'lee-1': async () => (await import('./lee-1.js')).lee1,
  'lee-s6': async () => (await import('./lee-s6.js')).leeS6,
  'lee-2': async () => (await import('./lee-2.js')).lee2,
  'lee-rate': async () => (await import('./lee-rate.js')).leeRate,
  'xiao-1': async () => (await import('./xiao-1.js')).xiao1,
  'xiao-relu': async () => (await import('./xiao-relu.js')).xiaoRelu,
  'xiao-table-1': async () => (await import('./xiao-table-1.js')).xiaoTable1,
}
