import { library } from '../../tsup.base'

const config: ReturnType<typeof library> = library({ entry: { bin: 'src/bin.ts' } })

export default config
