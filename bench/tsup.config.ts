import { library } from '../tsup.base'

export default library({ entry: { main: 'src/main.ts' } })
