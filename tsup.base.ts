import { defineConfig, type Options } from 'tsup'

/** The one build of every library: ESM for Node 20 and browsers, sources kept beside for debuggers. */
export function library(options: Options = {}): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry: { index: 'src/index.ts' },
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    sourcemap: true,
    clean: true,
    splitting: true,
    ...options,
  })
}
