import { kernelSettings } from '../../config/kernel.js'
import { type Command, defineCommand } from '../../frame/command.js'

export const kernelCommand: Command = defineCommand({
  name: 'kernel',
  brief: 'Compute the NNGP or NTK matrix of an infinitely wide network',
  about: [
    'Computes the kernel matrix of an infinitely wide network on a data set or on arrays from npy files and',
    'writes it as npy (float64; float32 from devices without it). With --sink it goes to a directory of tiles:',
    'tiles that are finished survive a kill, --resume goes on, and processes with --shard i/n share the work.',
    '--plan tells pairs, operations, memory and time before anything is computed, and what fits where it does not.',
  ],
  examples: [
    'ntk kernel --data glyphs --train 500 --out ntk.npy',
    'ntk kernel --get nngp --inputs x1.npy --inputs2 x2.npy --network net.yaml --out cross.npy',
    'ntk kernel --data mnist --train 2000 --hidden 512,512,512 --activation Erf --json',
    'ntk kernel --data glyphs --train 200 --network net.yaml --at block.3',
    'ntk kernel --data mnist --train 50000 --sink tiles --shard 1/2 --resume',
    'ntk kernel --network net.yaml --train 20000 --plan',
    'ntk kernel --train 2000 --device webgpu',
  ],
  settings: kernelSettings,
  extras: { resume: { help: 'Go on with the tiles that are in --sink' } },
  load: async () => (await import('./run.js')).prepareKernel,
})
