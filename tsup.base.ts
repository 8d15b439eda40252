import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { defineConfig, type Options } from 'tsup'

function version(): string {
  const { version }: { version: string } = JSON.parse(readFileSync('package.json', 'utf8'))
  return version
}

/** Every `@ntk/source` path of a package.json, that of the current folder unless given: the files that its build must emit. */
function sourceEntries(
  manifest: unknown = JSON.parse(readFileSync('package.json', 'utf8')),
): Record<string, string> {
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

/** Entries of `exports` beside the main one, as absolute paths. */
function otherEntries(): string[] {
  const { exports }: { exports?: unknown } = JSON.parse(readFileSync('package.json', 'utf8'))
  const paths = Object.values(sourceEntries({ exports })).map((path) => resolve(path))
  return paths.filter((path) => path !== resolve('src/index.ts'))
}

/**
 * Code that several entries share is split by which of them reach it, in up to one file for each combination, and a file more
 * costs a new process about a millisecond. So every entry reaches all that the main one does, and what they share is one file.
 */
const oneSharedFile: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'one-shared-file',
  setup(build) {
    const main = resolve('src/index.ts')
    const others = new Set(existsSync(main) ? otherEntries() : [])
    // Resolved here, the import stays, whatever package.json says of side effects.
    build.onResolve({ filter: /^main-entry$/ }, () => ({ path: main }))
    build.onLoad({ filter: /\.ts$/ }, ({ path }) =>
      others.has(path)
        ? { contents: `${readFileSync(path, 'utf8')}\nimport 'main-entry'\n`, loader: 'ts' }
        : undefined,
    )
  },
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
    esbuildPlugins: [oneSharedFile],
    esbuildOptions(esbuild) {
      esbuild.sourcesContent = false
      // Names stay: they stand in stack traces. Without blanks a new process reads and compiles a fifth less.
      esbuild.minifyWhitespace = true
      esbuild.minifySyntax = true
    },
    ...options,
  })
}
