/** The devices that are TensorFlow's own library. */
export type TensorflowDevice = 'tensorflow' | 'tensorflow-gpu'

/** What a device needs, and the commands that bring it. */
interface Parts {
  /** The package of tfjs that calls the library. */
  readonly name: string
  /** Installs it without its script, which downloads a library. */
  readonly install: string
  /** Builds what the package lacks then. */
  readonly build: string
  /** Brings Python's package, into the DIR of `build`. */
  readonly wheel: string
}

const parts = (name: string, wheel: string, flags: string): Parts => ({
  name,
  install: `npm install --ignore-scripts ${name}`,
  build: `ntk device build-tensorflow ${flags}--from DIR`,
  wheel: `python3 -m venv DIR && DIR/bin/pip install ${wheel}`,
})

export const partsOf: Readonly<Record<TensorflowDevice, Parts>> = {
  tensorflow: parts('@tensorflow/tfjs-node', 'tensorflow', ''),
  'tensorflow-gpu': parts('@tensorflow/tfjs-node-gpu', "'tensorflow[and-cuda]'", '--gpu '),
}
