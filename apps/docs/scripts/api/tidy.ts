/** Parts of a description that would be a heading each, in the search and in the outline. */
const parts = [
  'Parameters',
  'Returns',
  'Properties',
  'Type Parameters',
  'Type Declaration',
  'Extends',
  'Extended by',
  'Implements',
  'Implementation of',
  'Overrides',
  'Inherited from',
  'Throws',
  'Example',
  'Call Signature',
]
const partHeading = new RegExp(`^#{3,6} (${parts.join('|')})$`, 'gm')

/** A page as TypeDoc writes it, with its parts in bold in place of headings, and nothing that Vue would compute. */
export function tidy(page: string): string {
  return page.replaceAll(partHeading, '**$1**').replaceAll('{{', '{<!-- -->{')
}
