import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type OpenedRun, openRun, type RunDirectory } from '../runs/directory.js'
import { valueAt } from '../settings/objects.js'

const file = 'command.json'

function read(run: RunDirectory): unknown {
  return existsSync(run.file(file)) ? JSON.parse(readFileSync(run.file(file), 'utf8')) : {}
}

/** Keeps with a run what was typed, and the preset that it is of. */
export function keepCommand(
  run: RunDirectory,
  { preset, command }: { readonly preset: string | undefined; readonly command: string },
): void {
  const before = valueAt(read(run), ['commands'])
  const commands = [...(Array.isArray(before) ? before : []), command]
  run.write(file, `${JSON.stringify({ preset: preset ?? null, commands }, null, 2)}\n`)
}

/** The preset of a run; undefined of one by a config file. */
export function presetOf(run: RunDirectory): string | undefined {
  const preset = valueAt(read(run), ['preset'])
  return typeof preset === 'string' ? preset : undefined
}

/** What was typed for a run, in order. */
export function commandsOf(run: RunDirectory): string[] {
  const commands = valueAt(read(run), ['commands'])
  return Array.isArray(commands) ? commands.map(String) : []
}

/** All runs in a folder, the newest first. */
export function runsIn(cwd: string, out: string): OpenedRun[] {
  const folder = resolve(cwd, out)
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'config.yaml')))
  return names
    .sort()
    .reverse()
    .map((name) => openRun(cwd, join(out, name)))
}

/** The newest run by a command, of a preset where one is named. */
export function newestRun(
  cwd: string,
  out: string,
  command: string,
  preset: string | undefined,
): OpenedRun | undefined {
  return runsIn(cwd, out).find(
    ({ experiment, run }) => experiment === command && (preset === undefined || presetOf(run) === preset),
  )
}
