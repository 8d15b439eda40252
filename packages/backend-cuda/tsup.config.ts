import { library } from '../../tsup.base'

const config: ReturnType<typeof library> = library()

export default config
