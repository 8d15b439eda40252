import { type Component, defineAsyncComponent } from 'vue'

/** The demos, by the names that pages use. A page loads the code of its own alone. */
export const demos: Readonly<Record<string, Component>> = {
  DemoDual: defineAsyncComponent(async () => (await import('./dual/view.js')).Dual),
  DemoPhase: defineAsyncComponent(async () => (await import('./phase/view.js')).Phase),
  DemoPlayground: defineAsyncComponent(async () => (await import('./playground/view.js')).Playground),
  DemoRegression: defineAsyncComponent(async () => (await import('./regression/view.js')).Regression),
  DemoSpectrum: defineAsyncComponent(async () => (await import('./spectrum/view.js')).Spectrum),
  DemoWidths: defineAsyncComponent(async () => (await import('./widths/view.js')).Widths),
}
