import { library } from '../../tsup.base'

// `#native` is chosen by the `imports` map at run time: foreign functions in Node, none in browsers.
export default library({
  entry: {
    index: 'src/index.ts',
    node: 'src/node.ts',
    'cpu/native/node': 'src/cpu/native/node.ts',
    'cpu/native/none': 'src/cpu/native/none.ts',
  },
  external: ['#native', 'koffi'],
})
