import { NtkError } from '@ntk/tensor'
import pc from 'picocolors'
import type { Outcome, Prepared } from '../../frame/command.js'
import { environment } from '../../frame/environment.js'
import { type DeviceCheck, deviceChecks } from './devices.js'
import { type SelfCheck, selfCheck } from './self-check.js'

/** `ntk doctor`. Ends with an error where the engine computes wrongly. */
export function prepareDoctor(): Prepared {
  return { run: examine }
}

async function examine(): Promise<Outcome> {
  // The checks first: only work shows whether threads pay here.
  const checks = await selfCheck()
  const found = environment()
  const devices = await deviceChecks()
  const wrong = checks.filter((check) => !check.ok)
  return {
    json: { ok: wrong.length === 0, environment: Object.fromEntries(found), checks, devices },
    text: (colour) => describe(found, checks, devices, colour),
    ...(wrong.length === 0 ? {} : { failure: failureOf(wrong) }),
  }
}

function describe(
  found: readonly [string, string][],
  checks: readonly SelfCheck[],
  devices: readonly DeviceCheck[],
  colour: boolean,
): string {
  const colours = pc.createColors(colour)
  const width = Math.max(...found.map(([name]) => name.length), ...checks.map(({ name }) => name.length + 2))
  const mark = (ok: boolean): string => (ok ? colours.green('✓') : colours.red('✗'))
  const lines = [
    ...found.map(([name, value]) => `${colours.bold(name.padEnd(width))}  ${value}`),
    '',
    ...checks.map(({ name, value, ok }) => `${mark(ok)} ${name.padEnd(width - 2)}  ${value}`),
    '',
    colours.bold('devices (--device)'),
    // a device that is not installed is no fault
    ...devices.map(({ name, value, works }) => {
      const sign = works ? mark(true) : colours.dim('-')
      return `${sign} ${name.padEnd(width - 2)}  ${value}`
    }),
  ]
  return `${lines.join('\n')}\n`
}

function failureOf(wrong: readonly SelfCheck[]): NtkError {
  return new NtkError('backend', {
    what: 'The engine does not compute as exactly as float64 should.',
    got: wrong.map(({ name, value }) => `${name}: ${value}`).join('; '),
    fix: 'Try NTK_BLAS=off; if that helps, the BLAS library in use is at fault.',
  })
}
