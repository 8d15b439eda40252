import { mapSpec, type Spec, specOf } from '@ntk/stax'

/** The name of the layer whose parameters lie at a path such as `[1][0]` of the tree: place and kind, `1.0_Dense`. */
export function layerName(spec: Spec, path: string): string {
  const kinds = new Map<string, string>()
  mapSpec(spec, ({ name, options, children, path: place }) => {
    kinds.set(place.join('.'), name)
    return specOf(name, options, children)
  })
  const kindAt = (place: readonly number[]): string | undefined => kinds.get(place.join('.'))
  // A name changes nothing in the tree of parameters; in the spec the layer is its child.
  const inside = (place: readonly number[]): readonly number[] =>
    kindAt(place) === 'named' ? inside([...place, 0]) : place
  const places = [...path.matchAll(/\[(\d+)\]/g)].map((match) => Number(match[1]))
  // In the tree of parameters a repeat has an entry for every time, in the spec one child for all.
  const inSpec = places.reduce<readonly number[]>(
    (above, place) => inside([...above, kindAt(above) === 'repeat' ? 0 : place]),
    inside([]),
  )
  return [...(places.length > 0 ? [places.join('.')] : []), kindAt(inSpec) ?? spec[0]].join('_')
}
