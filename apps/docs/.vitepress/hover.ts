import { transformerTwoslash } from '@shikijs/vitepress-twoslash'
import type { MarkdownEnv, MarkdownRenderer } from 'vitepress'
import { typesOf } from './types-of.js'

/** Pages whose programs show types on hover. API pages show nothing but types anyway. */
const pages = /^(?:start|ideas|guides|questions)\/|^(?:from-neural-tangents|how-it-is-built)\.md$/

const fence = /^ts(?= |$)/

/** Asks for types in the programs of these pages, which are fenced as everywhere. */
export function markPrograms(md: MarkdownRenderer): void {
  const plain = md.renderer.rules.fence
  if (plain === undefined) throw new Error('The renderer of Markdown has no rule for fences.')
  md.renderer.rules.fence = (tokens, index, options, env, self) => {
    const token = tokens[index]
    const page: unknown = env.relativePath
    const shown = typeof page === 'string' && pages.test(page) && env.plain !== true
    if (token !== undefined && shown && fence.test(token.info)) token.info += ' twoslash'
    return plain(tokens, index, options, env, self)
  }
}

export const typesOnHover: ReturnType<typeof transformerTwoslash> = transformerTwoslash({
  throws: true,
  twoslasher: typesOf,
})

/** A page for the search, without the types of its programs. */
export const withoutTypes = (
  source: string,
  env: MarkdownEnv,
  md: { readonly render: (source: string, env: object) => string },
): string => md.render(source, { ...env, plain: true })
