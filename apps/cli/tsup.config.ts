import { library } from '../../tsup.base'

export default library({ entry: { bin: 'src/bin.ts' } })
