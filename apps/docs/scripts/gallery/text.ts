export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** A text that Markdown leaves as it is; no text of ours has Vue's braces. */
export const plain = (text: string): string => text.replaceAll(/[\\`*_[\]<>|#]/g, '\\$&')

/** A table in which nothing is Markdown or Vue; cells are HTML. Wide ones scroll by themselves, by keys too. */
export function htmlTable(
  label: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (tag: 'td' | 'th', cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`
  return [
    `<div class="scrolls" tabindex="0" role="region" aria-label="${escapeHtml(label)}">`,
    `<table v-pre><thead>${line('th', head)}</thead>`,
    '<tbody>',
    ...rows.map((row) => line('td', row)),
    '</tbody></table></div>',
  ].join('\n')
}
