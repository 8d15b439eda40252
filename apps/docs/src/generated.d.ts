/** The files that scripts/generate.ts writes: see src/demos/stills.ts. */
declare module '*/generated/regression.json' {
  const still: import('./demos/regression/compute.js').RegressionResult
  export default still
}
