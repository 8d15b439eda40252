import { type Command, defineCommand } from '../../frame/command.js'

export const doctorCommand: Command = defineCommand({
  name: 'doctor',
  brief: 'Say what the engine found on this machine and check that it computes well',
  about: [
    'Prints the engine in use (WebAssembly, BLAS library with its core type and threads, worker threads), Node,',
    'memory, the cache folder and optional packages, and checks a matrix product for speed and accuracy.',
    'Then each device that --device takes: whether it runs here, its memory, and how fast and exact it multiplies.',
  ],
  examples: ['ntk doctor', 'NTK_BLAS=off ntk doctor --json'],
  load: async () => (await import('./run.js')).prepareDoctor,
})
