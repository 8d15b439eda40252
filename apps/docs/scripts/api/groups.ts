/** A page of a large package: what it is called, and from which files of the sources its names come. */
export interface PageGroup {
  readonly title: string
  /** Name of the page. */
  readonly slug: string
  /** Of the path in the package's index, without `./`. */
  readonly from: RegExp
}

/** Large packages have a page a group; a name is of the first group that its file fits, and the last one fits all. */
export const groups: Readonly<Record<string, readonly PageGroup[]>> = {
  '@ntk/tensor': [
    {
      title: 'Operations',
      slug: 'operations',
      from: /^ops\/(?:binary|unary|shaping|scale|reduce|padding|create)\b/,
    },
    { title: 'Products, linear algebra, windows', slug: 'linear-algebra', from: /^ops\// },
    { title: 'Random numbers', slug: 'random', from: /^random\b/ },
    { title: 'Files', slug: 'files', from: /^(?:npy|safetensors|crc32)\b/ },
    { title: 'Composites', slug: 'composites', from: /^composites\b/ },
    {
      title: 'Primitives and backends',
      slug: 'backends',
      from: /^(?:arity|aval|backend|bind|copies|cpu|default-backend|donation|infer|levels|primitives|reference|to-backend)\b/,
    },
    { title: 'Tensors, types, errors', slug: 'tensors', from: /^/ },
  ],
  '@ntk/kernels-analytic': [
    {
      title: 'Kernels of networks',
      slug: 'kernels',
      from: /^(?:fn|kernel-of|describe|hyperparameters|rates|tree)\b/,
    },
    { title: 'Steps', slug: 'steps', from: /^steps\b/ },
    { title: 'Activations, records, evaluation', slug: 'records', from: /^/ },
  ],
  '@ntk/stax': [
    {
      title: 'Activations',
      slug: 'activations',
      from: /^(?:generated\/activations|layers\/activation-layer)/,
    },
    { title: 'Layers and combinators', slug: 'layers', from: /^(?:combinators\/|layer\b|layers\/)/ },
    { title: 'Whole networks and specs', slug: 'networks', from: /^/ },
  ],
}
