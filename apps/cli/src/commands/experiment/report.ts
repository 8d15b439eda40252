import { copyFileSync, existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { NtkError } from '@ntk/tensor'
import type { Finding } from '../../experiment/finding.js'
import type { Prepared, Request } from '../../frame/command.js'
import { linesWithPaths } from '../../frame/environment.js'
import { type Kept, newestOfEach } from '../../kept/results.js'
import { writeAtomic } from '../../runs/atomic.js'
import { makeFolder } from '../../runs/directory.js'
import { overviewMarkdown, overviewPage } from './overview.js'

/** `ntk experiment report` */
export function reportExperiments(request: Request<never>): Prepared {
  const { cwd } = request.io
  const folder = request.text('runs') ?? 'runs'
  const out = request.text('out') ?? folder
  return {
    async run() {
      const kept = newestOfEach(cwd, folder, request.text('preset'))
      if (kept.length === 0) {
        throw new NtkError('file', {
          what: `There is no finished run of an experiment in ${folder}.`,
          fix: 'Run one first, such as ntk experiment run lee-s9, or name the folder with --runs.',
        })
      }
      const target = resolve(cwd, out)
      makeFolder(target)
      const own = target === resolve(cwd, folder)
      if (!own) for (const one of kept) keep(one, target)
      writeAtomic(join(target, 'report.html'), overviewPage(kept))
      writeAtomic(join(target, 'report.md'), overviewMarkdown(kept))
      const findings = kept.flatMap(({ findings }) => findings)
      const count = (verdict: Finding['verdict']): number =>
        findings.filter((finding) => finding.verdict === verdict).length
      const told = `${findings.length} findings: ${count('agrees')} agree, ${count('differs')} differ, ${count('too noisy')} too noisy`
      const report = join(relative(cwd, target) || '.', 'report.html')
      return {
        json: {
          report,
          experiments: kept.map(({ name, run, preset, headline, findings }) => ({
            name,
            run: run.shown,
            preset: preset ?? null,
            headline,
            findings,
          })),
        },
        text: () => `${kept.length} experiments, ${told}\n\n  report  ${report}\n`,
      }
    },
  }
}

const small = ['config.yaml', 'command.json', 'results.json']

/** Copies what the page is made of, but for where files lie on the machines that worked on it. */
function keep({ run, name, figures, machines, seconds }: Kept, target: string): void {
  makeFolder(join(target, name, 'figures'))
  const files = [...small, ...figures.map((figure) => `figures/${figure.name}.svg`)]
  for (const file of files)
    if (existsSync(run.file(file))) copyFileSync(run.file(file), join(target, name, file))
  const told = machines.map((machine) => machine.filter(([label]) => !linesWithPaths.includes(label)))
  const environment = { machines: told, ...(seconds === undefined ? {} : { seconds }) }
  writeAtomic(join(target, name, 'environment.json'), `${JSON.stringify(environment, null, 2)}\n`)
}
