// Writes src/generated/: the package's exports of layers, from the two tables of them, so that a layer is one file and one line.
//
// - activations.ts: a layer function with its documentation for each activation of @ntk/kernels-analytic;
// - layers.ts: what src/layers/all.ts lists, without the entries of the spec language (`...Type`).
//
// Plain JavaScript, no packages: it runs after an install.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'

const table = new URL('../../kernels-analytic/src/activations/', import.meta.url)
const target = new URL('../src/generated/', import.meta.url)

/** Every `export { names } from 'file'` of a table. */
function* exportsOf(url) {
  for (const [, names, file] of readFileSync(url, 'utf8').matchAll(/^export \{([^}]*)\} from '([^']+)'$/gm)) {
    yield {
      names: names
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean),
      file,
    }
  }
}

const summaryOf = /^ {2}summary:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"),$/m

function activationLayer({ names: [name], file }) {
  const source = readFileSync(new URL(file.replace(/\.js$/, '.ts'), table), 'utf8')
  const [, single, double] = summaryOf.exec(source) ?? []
  const summary = single ?? double
  if (summary === undefined) throw new Error(`${file}: the record needs a summary, one string`)
  const layer = `export const ${name}: ActivationLayer<typeof activations.${name}> = activationLayer(activations.${name})`
  return `/** ${summary.replaceAll(/\\(['"])/g, '$1')} */\n${layer}\n`
}

function layerExport({ names, file }) {
  const listed = names.filter((name) => !/^[a-z]\w*Type$/.test(name))
  return `export { ${listed.join(', ')} } from '${file.replace(/^\.\//, '../layers/')}'`
}

const activations = [...exportsOf(new URL('all.ts', table))].map(activationLayer)
const layers = [...exportsOf(new URL('../src/layers/all.ts', import.meta.url))].map(layerExport)
mkdirSync(target, { recursive: true })
writeFileSync(
  new URL('activations.ts', target),
  `// Written by scripts/write-layers.mjs from the table of activations; not in git.
import { activations } from '@ntk/kernels-analytic'
import { type ActivationLayer, activationLayer } from '../layers/activation-layer.js'

${activations.join('\n')}`,
)
writeFileSync(
  new URL('layers.ts', target),
  `// Written by scripts/write-layers.mjs from src/layers/all.ts; not in git.\n${layers.join('\n')}\n`,
)
console.log(`src/generated: ${activations.length} activations, ${layers.length} lines of layers`)
