import { library } from '../tsup.base'

const config: ReturnType<typeof library> = library({
  entry: { main: 'src/main.ts', scaling: 'src/scaling/main.ts' },
})

export default config
