import type { Runnable } from '../experiment/runnable.js'

/** The experiments that come with `ntk`, in the order of lists; each is loaded when it is asked for. */
export const experiments: Readonly<Record<string, () => Promise<Runnable>>> = {
  'lee-s9': async () => (await import('./lee-s9.js')).leeS9,
  'lee-s10': async () => (await import('./lee-s10.js')).leeS10,
  'lee-1': async () => (await import('./lee-1.js')).lee1,
  'lee-s6': async () => (await import('./lee-s6.js')).leeS6,
  'lee-2': async () => (await import('./lee-2.js')).lee2,
  'lee-3': async () => (await import('./lee-3.js')).lee3,
  'lee-s8': async () => (await import('./lee-s8.js')).leeS8,
  'lee-s2': async () => (await import('./lee-s2.js')).leeS2,
  'lee-s3': async () => (await import('./lee-s3.js')).leeS3,
  'lee-s4': async () => (await import('./lee-s4.js')).leeS4,
  'lee-s5': async () => (await import('./lee-s5.js')).leeS5,
  'lee-s7': async () => (await import('./lee-s7.js')).leeS7,
  'lee-4': async () => (await import('./lee-4.js')).lee4,
  'lee-rate': async () => (await import('./lee-rate.js')).leeRate,
  'samarin-1': async () => (await import('./samarin-1.js')).samarin1,
  'samarin-2': async () => (await import('./samarin-2.js')).samarin2,
  'samarin-3': async () => (await import('./samarin-3.js')).samarin3,
  'samarin-4': async () => (await import('./samarin-4.js')).samarin4,
  'samarin-5': async () => (await import('./samarin-5.js')).samarin5,
  'samarin-6': async () => (await import('./samarin-6.js')).samarin6,
  'samarin-table': async () => (await import('./samarin-table.js')).samarinTable,
  'xiao-1': async () => (await import('./xiao-1.js')).xiao1,
  'xiao-relu': async () => (await import('./xiao-relu.js')).xiaoRelu,
  'xiao-table-1': async () => (await import('./xiao-table-1.js')).xiaoTable1,
}
