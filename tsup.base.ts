import { existsSync, readFileSync } from 'node:fs'
import { defineConfig, type Options } from 'tsup'

function version(): string {
  const { version }: { version: string } = JSON.parse(readFileSync('package.json', 'utf8'))
  return version
}

/** Every `@ntk/source` path of the package.json in the current folder: the files that its build must emit. */
function sourceEntries(): Record<string, string> {
  const manifest: unknown = JSON.parse(readFileSync('package.json', 'utf8'))
  const entries: Record<string, string> = {}
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [condition, target] of Object.entries(node)) {
      if (condition === '@ntk/source' && typeof target === 'string') {
        entries[target.replace(/^\.\/src\//, '').replace(/\.ts$/, '')] = target
      } else visit(target)
    }
  }
  if (typeof manifest === 'object' && manifest !== null) {
    if ('exports' in manifest) visit(manifest.exports)
    if ('imports' in manifest) visit(manifest.imports)
  }
  return Object.fromEntries(Object.entries(entries).filter(([, path]) => existsSync(path)))
}

/**
 * The one build of every library: ESM for Node 20 and browsers, one output for each entry that the package.json
 * names (`exports` and `imports`). Import maps (`#native`) and Node's own modules stay imports, so that Node or the
 * user's bundler picks the branch. The package carries its sources (for debuggers, and for tools that resolve the
 * `@ntk/source` condition), so the source maps point to them and do not repeat them.
 */
export function library(options: Options = {}): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry: sourceEntries(),
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    external: [/^node:/, /^#/],
    // An error about two installed copies of a package names their versions.
    define: { PACKAGE_VERSION: JSON.stringify(version()) },
    removeNodeProtocol: false,
    sourcemap: true,
    clean: true,
    splitting: true,
    esbuildOptions(esbuild) {
      esbuild.sourcesContent = false
    },
    ...options,
  })
}
