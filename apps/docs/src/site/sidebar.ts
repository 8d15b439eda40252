export interface Group {
  readonly text: string
  readonly items: { text: string; link: string }[]
}

/** The pages in their order; a test holds it against the pages that there are. */
export const sidebar: Group[] = [
  {
    text: 'Start',
    items: [
      { text: 'The first kernel', link: '/start/' },
      { text: 'The first prediction', link: '/start/prediction' },
      { text: 'The ntk command', link: '/start/command' },
      { text: 'Playground', link: '/playground' },
    ],
  },
  {
    text: 'The ideas',
    items: [
      { text: 'What this is about', link: '/ideas/' },
      { text: 'Gaussian processes', link: '/ideas/gaussian-process' },
      { text: 'The tangent kernel', link: '/ideas/tangent-kernel' },
      { text: 'Training', link: '/ideas/training' },
      { text: 'Eigenvalues', link: '/ideas/spectrum' },
      { text: 'Order and chaos', link: '/ideas/depth' },
      { text: 'Images', link: '/ideas/images' },
      { text: 'What float32 does', link: '/ideas/float32' },
    ],
  },
  {
    text: 'Guides',
    items: [
      { text: 'What to do, and how', link: '/guides/' },
      { text: 'An architecture', link: '/guides/choose' },
      { text: 'Regression, classes', link: '/guides/data' },
      { text: 'Uncertainty', link: '/guides/uncertainty' },
      { text: 'Finite networks', link: '/guides/finite' },
      { text: 'Your own layer', link: '/guides/own-layer' },
      { text: 'Your own program', link: '/guides/own-program' },
      { text: 'Large kernels', link: '/guides/large' },
      { text: 'Other devices', link: '/guides/devices' },
      { text: 'Papers', link: '/guides/papers' },
    ],
  },
  {
    text: 'Questions',
    items: [
      { text: 'What people ask', link: '/questions/' },
      { text: 'Time and steps', link: '/questions/time' },
      { text: 'One network or all', link: '/questions/one-or-all' },
      { text: 'Analytic or empirical', link: '/questions/two-kernels' },
      { text: 'Covariances', link: '/questions/covariance' },
      { text: 'Singular kernels', link: '/questions/singular' },
      { text: 'Traced axes', link: '/questions/axes' },
      { text: 'Memory', link: '/questions/memory' },
      { text: 'Low accuracy', link: '/questions/accuracy' },
    ],
  },
  {
    text: 'Reference',
    items: [
      { text: 'The API', link: '/api/' },
      { text: 'Figures of the papers', link: '/gallery/' },
      { text: 'From neural-tangents', link: '/from-neural-tangents' },
      { text: 'How it is built', link: '/how-it-is-built' },
    ],
  },
]
