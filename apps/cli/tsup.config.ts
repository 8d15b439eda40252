import { library } from '../../tsup.base'

const config: ReturnType<typeof library> = library({
  entry: { bin: 'src/bin.ts', index: 'src/index.ts', results: 'src/results.ts' },
})

export default config
