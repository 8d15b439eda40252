/** Whether a thread ended because it held all that JavaScript may. */
export const isFullMemory = (error: unknown): boolean =>
  Reflect.get(Object(error), 'code') === 'ERR_WORKER_OUT_OF_MEMORY'

export const fullMemory: { readonly what: string; readonly fix: string } = {
  what: 'The memory that JavaScript may use is full.',
  fix: 'Ask for less, or give it more with NODE_OPTIONS=--max-old-space-size=8192.',
}
