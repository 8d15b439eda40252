import { type Component, defineAsyncComponent } from 'vue'

/** The demos, by the names that pages use. A page loads the code of its own alone. */
export const demos: Readonly<Record<string, Component>> = {
  DemoRegression: defineAsyncComponent(async () => (await import('./regression/view.js')).Regression),
}
