/**
 * What the site is made of beside its own files: results of the demos at their first settings and a picture of the packages (`src/generated/`), a page for each
 * experiment with results in the repository (`site/gallery/`), and one for each entry of the packages (`site/api/`). Runs on the sources of the packages, so that the manual needs no build of
 * them.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { stills } from '../src/demos/stills.js'
import { writeApi } from './api/write.js'
import { writeGallery } from './gallery/write.js'
import { dependenciesIn, picture } from './packages/picture.js'

/** Six digits are more than a picture shows, and pages stay small. */
const short = (_: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(6)) : value

const generated = join(import.meta.dirname, '../src/generated')
mkdirSync(generated, { recursive: true })
for (const [name, compute] of Object.entries(stills)) {
  writeFileSync(join(generated, `${name}.still.json`), JSON.stringify(await compute(), short))
}

const root = join(import.meta.dirname, '../../..')
writeFileSync(join(generated, 'packages.html'), picture(dependenciesIn(root)))
const site = join(import.meta.dirname, '../site')
// Where results of other runs are wanted, DOCS_RESULTS names their folder.
const results = resolve(process.env.DOCS_RESULTS ?? join(root, 'results'))
const sidebars = {
  '/gallery/': await writeGallery(results, join(site, 'gallery')),
  '/api/': await writeApi(
    join(root, 'packages'),
    join(import.meta.dirname, '../tsconfig.api.json'),
    join(site, 'api'),
  ),
}
writeFileSync(join(generated, 'sidebars.json'), JSON.stringify(sidebars))
