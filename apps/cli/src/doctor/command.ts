import { NtkError } from '@ntk/tensor'
import pc from 'picocolors'
import type { CliContext } from '../context.js'
import { wantsColour } from '../io.js'
import { environment } from './environment.js'
import { selfCheck } from './self-check.js'

/** The flags of `ntk doctor`. */
export interface DoctorFlags {
  readonly json: boolean
}

/** `ntk doctor`. Ends with an error where the engine computes wrongly. */
export async function runDoctorCommand(this: CliContext, flags: DoctorFlags): Promise<void> {
  const { io } = this
  // The checks first: only work shows whether threads pay here.
  const checks = await selfCheck()
  const found = environment()
  const wrong = checks.filter((check) => !check.ok)
  if (flags.json) {
    io.stdout.write(
      `${JSON.stringify({ ok: wrong.length === 0, environment: Object.fromEntries(found), checks })}\n`,
    )
  } else {
    const colours = pc.createColors(wantsColour(io.stdout, io.env))
    const width = Math.max(
      ...found.map(([name]) => name.length),
      ...checks.map(({ name }) => name.length + 2),
    )
    const lines = [
      ...found.map(([name, value]) => `${colours.bold(name.padEnd(width))}  ${value}`),
      '',
      ...checks.map(({ name, value, ok }) => {
        const mark = ok ? colours.green('✓') : colours.red('✗')
        return `${mark} ${name.padEnd(width - 2)}  ${value}`
      }),
    ]
    io.stdout.write(`${lines.join('\n')}\n`)
  }
  if (wrong.length > 0) {
    throw new NtkError('backend', {
      what: 'The engine does not compute as exactly as float64 should.',
      got: wrong.map(({ name, value }) => `${name}: ${value}`).join('; '),
      fix: 'Try NTK_BLAS=off; if that helps, the BLAS library in use is at fault.',
    })
  }
}
