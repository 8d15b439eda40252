/**
 * Brings the pull request up to date that turns waiting changesets into versions: `pnpm release:pull-request`. The
 * branch `release/next` is made anew from the commit that is checked out, with one commit on it, and pushed to
 * `origin`; `gh` opens the pull request or leaves the open one, which shows the new commit. Without changesets nothing happens.
 */
import { outputOf } from '../process.js'
import { root } from '../workspace.js'
import { pendingChangesets } from './publish.js'

const branch = 'release/next'
const title = 'Versions of the next release'

const done = (command: string, ...args: string[]): Promise<string> => outputOf(command, args, { cwd: root })

const pending = pendingChangesets()
if (pending.length === 0) console.log('pull request: no changesets wait for their versions')
else {
  if ((await done('git', 'status', '--porcelain')) !== '') {
    throw new Error('there are changes that are not committed; commit or stash them first')
  }
  const back = await done('git', 'rev-parse', '--abbrev-ref', 'HEAD')
  await done('git', 'switch', '-C', branch)
  try {
    await done('pnpm', 'run', 'release:version')
    await done('git', 'add', '--all')
    await done('git', 'commit', '--message', title)
    await done('git', 'push', '--force', 'origin', branch)
  } finally {
    await done('git', 'switch', '--force', back === 'HEAD' ? '-' : back)
  }
  const open = await done(
    'gh',
    'pr',
    'list',
    '--head',
    branch,
    '--state',
    'open',
    '--json',
    'number',
    '--jq',
    '.[].number',
  )
  if (open === '') {
    const body = `Merging this publishes what ${pending.length} changesets tell of. Their texts are in the changelogs.`
    await done('gh', 'pr', 'create', '--head', branch, '--title', title, '--body', body)
  }
  console.log(
    `pull request: ${pending.length} changesets, ${open === '' ? 'opened' : `#${open} brought up to date`}`,
  )
}
