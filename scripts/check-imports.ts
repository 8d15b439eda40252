/**
 * How files and packages may lean on each other:
 *
 * 1. no import cycle between files of a package, be it of types alone (what two files both name stands in a third), and
 *    none between packages (development dependencies included);
 * 2. a source file imports only declared dependencies, a test also declared development ones or the root's;
 * 3. packages lean on each other only along the arrows below;
 * 4. no file reaches into another package's folders; relative imports end in `.js`, `.json` or `.css`;
 * 5. nothing that a package's main entry reaches imports one of Node's modules, so that browsers can load it;
 *    code for Node stands behind an entry of its own (`@ntk/tensor/node`) or an import map (`#native`);
 * 6. the main entry of `@ntk/tensor`, which everything loads first, loads no package of others: what needs one stands
 *    behind an entry of its own (`@ntk/tensor/npz`).
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Import,
  importsOf,
  isBuiltin,
  ownFiles,
  packageName,
  resolveRelative,
} from './source-imports.js'
import {
  libraries,
  type Package,
  readManifest,
  report,
  root,
  sourceTargets,
  workspacePackages,
} from './workspace.js'

/** The arrows of the design: each library, and the libraries that it may import. Apps and the bench may import all. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  '@ntk/tensor': [],
  '@ntk/backend-tfjs': ['@ntk/tensor'],
  '@ntk/backend-cuda': ['@ntk/tensor'],
  '@ntk/autodiff': ['@ntk/tensor'],
  '@ntk/tiles': ['@ntk/tensor'],
  '@ntk/kernels-empirical': ['@ntk/autodiff', '@ntk/tensor', '@ntk/tiles'],
  '@ntk/kernels-analytic': ['@ntk/autodiff', '@ntk/tensor', '@ntk/tiles'],
  '@ntk/stax': ['@ntk/autodiff', '@ntk/kernels-analytic', '@ntk/tensor'],
  '@ntk/optim': ['@ntk/autodiff', '@ntk/tensor'],
  '@ntk/dynamics': ['@ntk/autodiff', '@ntk/kernels-analytic', '@ntk/tensor', '@ntk/tiles'],
  '@ntk/regression': ['@ntk/autodiff', '@ntk/dynamics', '@ntk/kernels-analytic', '@ntk/stax', '@ntk/tensor'],
  '@ntk/datasets': ['@ntk/tensor'],
}

/** Cycles of a graph, each once, as the path that closes. */
function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const done = new Set<string>()
  const path: string[] = []
  const cycles: string[][] = []
  const walk = (node: string): void => {
    const start = path.indexOf(node)
    if (start >= 0) {
      cycles.push([...path.slice(start), node])
      return
    }
    if (done.has(node)) return
    path.push(node)
    for (const next of graph.get(node) ?? []) walk(next)
    path.pop()
    done.add(node)
  }
  for (const node of graph.keys()) walk(node)
  return cycles
}

const packages = workspacePackages()
const rootManifest = readManifest('.')
const problems: string[] = []
const imports = new Map<string, Import[]>()
const files = new Map<Package, string[]>()
for (const pkg of packages) {
  const own = ownFiles(pkg)
  files.set(pkg, own)
  for (const file of own) imports.set(file, importsOf(file))
}

// 1. Cycles.
const fileGraph = new Map(
  [...imports].map(([file, list]) => [
    file,
    list.filter((i) => i.specifier.startsWith('.')).map((i) => resolveRelative(file, i.specifier)),
  ]),
)
const packageGraph = new Map(
  packages.map(({ manifest: m }) => [
    m.name,
    Object.keys({
      ...m.dependencies,
      ...m.optionalDependencies,
      ...m.peerDependencies,
      ...m.devDependencies,
    }),
  ]),
)
for (const cycle of [...cyclesOf(fileGraph), ...cyclesOf(packageGraph)]) {
  problems.push(`import cycle: ${cycle.join(' -> ')}`)
}

// 2 to 4. What each file may name.
for (const [{ folder, manifest }, own] of files) {
  const declared = {
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
    ...manifest.peerDependencies,
  }
  const development = { ...declared, ...manifest.devDependencies, ...rootManifest.devDependencies }
  const allowed = arrows[manifest.name]
  for (const name of Object.keys(declared)) {
    if (allowed && name.startsWith('@ntk/') && !allowed.includes(name)) {
      problems.push(`${folder}/package.json: ${manifest.name} must not depend on ${name}`)
    }
  }
  for (const file of own) {
    const isSource = file.startsWith(`${folder}/src/`)
    for (const { specifier } of imports.get(file) ?? []) {
      if (specifier.startsWith('.')) {
        const target = resolveRelative(file, specifier)
        const shared = file.endsWith('.config.ts') && /^[^/]+$/.test(target)
        if (!target.startsWith(`${folder}/`) && !shared) {
          problems.push(`${file}: ${specifier} leaves its package; import the package by its name`)
        } else if (!/\.(js|mjs|json|css)$/.test(specifier) && !file.endsWith('.config.ts')) {
          problems.push(`${file}: ${specifier} must end in .js, .json or .css`)
        }
      } else if (specifier.startsWith('#')) {
        if (!(specifier in (manifest.imports ?? {}))) {
          problems.push(`${file}: ${specifier} is not in the package's import map`)
        }
      } else if (!isBuiltin(specifier)) {
        const name = packageName(specifier)
        const known = isSource ? declared : development
        if (name !== manifest.name && !(name in known)) {
          problems.push(`${file}: ${name} is not a declared dependency of ${manifest.name}`)
        }
        if (isSource && name === manifest.name) {
          problems.push(`${file}: imports its own package by name; use a relative path`)
        }
      }
    }
  }
}

// 5 and 6. The main entry of a library runs in a browser, and that of tensor loads quickly.
for (const { folder, manifest } of libraries()) {
  const seen = new Map<string, string | null>([[`${folder}/src/index.ts`, null]])
  for (const [file] of seen) {
    for (const { specifier, atLoad } of imports.get(file) ?? []) {
      if (!atLoad) continue
      if (isBuiltin(specifier)) {
        problems.push(
          `${file}: imports ${specifier}, and the main entry of ${folder} reaches it (browsers cannot)`,
        )
      } else if (manifest.name === '@ntk/tensor' && !/^[.#]/.test(specifier)) {
        problems.push(
          `${file}: imports ${specifier}, and the main entry of ${folder} reaches it (a new process loads it first)`,
        )
      } else if (specifier.startsWith('.')) {
        const target = resolveRelative(file, specifier)
        if (!seen.has(target)) seen.set(target, file)
      }
    }
  }
}

// Each entry that a package names is where the build will put it: src/x/y.ts -> dist/x/y.js.
for (const { folder, manifest } of libraries()) {
  for (const field of [manifest.exports, manifest.imports]) {
    for (const [key, targets] of sourceTargets(field)) {
      for (const target of targets) {
        const built = target.replace('./src/', './dist/').replace(/\.ts$/, '.js')
        if (!existsSync(join(root, folder, target))) {
          problems.push(`${folder}/package.json: ${key} names ${target}, which does not exist`)
        } else if (!JSON.stringify(field?.[key]).includes(`"${built}"`)) {
          problems.push(`${folder}/package.json: ${key} has ${target} but not ${built}, where its build goes`)
        }
      }
    }
  }
}

report(
  'imports',
  problems,
  `${imports.size} files of ${packages.length} packages, no cycles, no forbidden arrow`,
)
