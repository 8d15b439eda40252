import { resolve } from 'node:path'
import { buildTensorflow, type TensorflowBuild } from '@ntk/backend-tfjs/node'
import { NtkError } from '@ntk/tensor'
import pc from 'picocolors'
import type { Outcome, Prepared, Request } from '../../frame/command.js'

/** `ntk device build-tensorflow`. */
export function prepareBuild({
  io,
  progress,
  signal,
  text,
  isOn,
}: Pick<Request<never>, 'io' | 'progress' | 'signal' | 'text' | 'isOn'>): Prepared {
  const from = text('from')
  if (from === undefined) {
    throw new NtkError('option', {
      what: "ntk device build-tensorflow needs --from, the folder with Python's package tensorflow.",
      fix: 'python3 -m venv tf && tf/bin/pip install tensorflow makes one: --from tf.',
    })
  }
  const device = isOn('gpu') ? 'tensorflow-gpu' : 'tensorflow'
  const run = async (): Promise<Outcome> => {
    progress.note(`Building the device ${device}, some ten seconds.`)
    const built = await buildTensorflow({ from: resolve(io.cwd, from), device, signal })
    return { json: built, text: (colour) => describe(built, colour) }
  }
  return { run }
}

function describe(built: TensorflowBuild, colour: boolean): string {
  const { green, bold } = pc.createColors(colour)
  const { device, libraryVersion, gpu } = built
  const rows = [
    ['package', `${built.package} ${built.packageVersion}`],
    ['binding', built.binding],
    ['library', `${built.library}, which must stay there`],
    ['compiler', built.compiler],
  ]
  const needsGpu =
    device === 'tensorflow-gpu' && !gpu
      ? ['The library finds no GPU here, so the device does not start.']
      : []
  return [
    `${green('✓')} ${device}: TensorFlow ${libraryVersion}, ${gpu ? 'with a GPU' : 'on the processor'}`,
    ...rows.map(([label = '', value]) => `${bold(label.padEnd(8))}  ${value}`),
    ...needsGpu,
    `Try it: ntk doctor, ntk dynamics --device ${device}`,
    '',
  ].join('\n')
}
