import type { Theme } from 'vitepress'
import DefaultTheme from 'vitepress/theme-without-fonts'
import { demos } from '../../src/demos/components.js'
import '@shikijs/vitepress-twoslash/style.css'
import { defineAsyncComponent } from 'vue'
import './style.css'

/** How a box with types opens: as the plugin has it, but above a name that stands too low. */
const twoslash = {
  $extend: 'dropdown',
  triggers: ['hover', 'touch'],
  popperTriggers: ['hover', 'touch'],
  placement: 'bottom-start',
  overflowPadding: 10,
  delay: 0,
  handleResize: false,
  autoHide: true,
  instantMove: true,
  flip: true,
  arrowPadding: 8,
  autoBoundaryMaxSize: true,
}

const theme: Theme = {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    for (const [name, component] of Object.entries(demos)) app.component(name, component)
    // Loaded by pages with programs alone: the plugin puts its own component of this name in place of this one.
    const menu = defineAsyncComponent(async () => {
      app.use((await import('@shikijs/vitepress-twoslash/client')).default, { theme: { twoslash } })
      const loaded = app.component('VMenu')
      if (loaded === undefined) throw new Error('The plugin for types on hover has no VMenu.')
      return loaded
    })
    app.component('VMenu', menu)
  },
}

export default theme
