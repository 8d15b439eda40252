/** The results that scripts/generate.ts writes, one file a demo: see src/demos/stills.ts. */
declare module '*.still.json' {
  const still: unknown
  export default still
}
