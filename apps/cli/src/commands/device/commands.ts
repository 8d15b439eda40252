import { type Command, defineCommand } from '../../frame/command.js'

const buildTensorflow: Command = defineCommand({
  name: 'device build-tensorflow',
  brief: "Build the device tensorflow against the library in Python's package tensorflow",
  about: [
    'The package @tensorflow/tfjs-node calls the library of TensorFlow through a binding, which its install script downloads, and',
    "whose library for GPUs wants CUDA 11. This command builds the binding from the package's own sources against the library in",
    "Python's package tensorflow, and puts it where @tensorflow/tfjs-node looks for it. It needs a C++ compiler (CXX, or the first of",
    'c++, g++, clang++ on the PATH) and downloads nothing. What was there is replaced once the new binding has loaded.',
    '',
    'With --gpu it is @tensorflow/tfjs-node-gpu, against a tensorflow with CUDA. Linux and macOS.',
  ],
  examples: [
    'npm install --ignore-scripts @tensorflow/tfjs-node',
    'python3 -m venv tf && tf/bin/pip install tensorflow',
    'ntk device build-tensorflow --from tf',
    'ntk dynamics --device tensorflow',
  ],
  extras: {
    from: {
      help: "Folder with Python's package tensorflow: a venv, its site-packages, or the package's own",
      placeholder: 'dir',
    },
    gpu: { help: 'Build @tensorflow/tfjs-node-gpu, for the device tensorflow-gpu' },
  },
  load: async () => (await import('./run.js')).prepareBuild,
})

export const deviceCommands: readonly Command[] = [buildTensorflow]
