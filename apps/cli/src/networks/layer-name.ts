import { mapSpec, type Spec, specOf } from '@ntk/stax'

/** The name of the layer whose parameters lie at a path such as `[1][0]` of the tree: place and kind, `1.0_Dense`. */
export function layerName(spec: Spec, path: string): string {
  const kinds = new Map<string, string>()
  mapSpec(spec, ({ name, options, children, path: place }) => {
    kinds.set(place.join('.'), name)
    return specOf(name, options, children)
  })
  const places = [...path.matchAll(/\[(\d+)\]/g)].map((match) => Number(match[1]))
  // In the tree of parameters a repeat has an entry for every time, in the spec one child for all.
  const inSpec = places.reduce<number[]>(
    (above, place) => [...above, kinds.get(above.join('.')) === 'repeat' ? 0 : place],
    [],
  )
  return [...(places.length > 0 ? [places.join('.')] : []), kinds.get(inSpec.join('.')) ?? spec[0]].join('_')
}
