/** The pages in their order. A page that is not here is not found by readers; a test holds both against each other. */
export interface Group {
  readonly text: string
  readonly items: { text: string; link: string }[]
}

export const sidebar: Group[] = [
  {
    text: 'Start',
    items: [
      { text: 'The first kernel', link: '/start/' },
      { text: 'The first prediction', link: '/start/prediction' },
      { text: 'The ntk command', link: '/start/command' },
    ],
  },
  {
    text: 'The ideas',
    items: [{ text: 'What this is about', link: '/ideas/' }],
  },
]
