import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type UserConfig } from 'vitepress'
import { type Group, sidebar } from '../src/site/sidebar.js'
import { keepViews, openDemo } from './head.js'
import { markPrograms, typesOnHover, withoutTypes } from './hover.js'

/** Sidebars of the pages that are generated, by the folder that each is for. */
const sidebars: Record<string, Group[]> = JSON.parse(
  readFileSync(join(import.meta.dirname, '../src/generated/sidebars.json'), 'utf8'),
)

// Pages and demos use the packages' sources, as tests do; in the browser the branch of each import map that is not for Node.
const conditions = ['@ntk/source', 'browser', 'import', 'module', 'default']

// In the page itself, so that no path of it depends on the base.
const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1f5fbf"/><path d="M6 23C11 23 12 9 16 9s5 14 10 14" fill="none" stroke="#fff" stroke-width="3"/></svg>',
)}`

const config: UserConfig = defineConfig({
  title: '@ntk',
  description: 'Infinitely wide neural networks, their finite cousins and the training of both.',
  lang: 'en',
  head: [['link', { rel: 'icon', href: icon }]],
  srcDir: 'site',
  // Where a host serves the site below its root, DOCS_BASE names the folder: /manual/
  base: process.env.DOCS_BASE ?? '/',
  lastUpdated: false,
  // Letters of every colour stand out from their ground by 4.5 to 1, as axe asks.
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config: markPrograms,
    codeTransformers: [typesOnHover],
  },
  // Pages with their types weigh more than a reader needs of those that she does not open.
  router: { prefetchLinks: false },
  themeConfig: {
    search: { provider: 'local', options: { _render: withoutTypes } },
    outline: [2, 3],
    nav: [
      { text: 'Start', link: '/start/' },
      { text: 'Ideas', link: '/ideas/' },
      { text: 'Guides', link: '/guides/' },
      { text: 'Playground', link: '/playground' },
      { text: 'Questions', link: '/questions/' },
      { text: 'Figures', link: '/gallery/' },
      { text: 'API', link: '/api/' },
      { text: 'From neural-tangents', link: '/from-neural-tangents' },
    ],
    sidebar: { ...sidebars, '/': sidebar },
  },
  transformHtml: (html, _, context) => openDemo(html, context),
  vite: {
    plugins: [keepViews],
    resolve: { conditions },
    worker: { format: 'es' },
    build: { target: 'es2022', chunkSizeWarningLimit: 1000 },
    define: { PACKAGE_VERSION: JSON.stringify('0.0.0') },
  },
})

export default config
