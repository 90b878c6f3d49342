import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { configOf, names, writePrograms } from '../fleet.mjs'
import { openLab } from '../lab.mjs'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The parts that no process boundary hides: reading screens, deciding, loading a config. */
export const inside = {
  name: 'inside',
  title: 'parts alone',
  async run({ quick }) {
    const lab = openLab()
    try {
      const parts = await bundled(lab)
      writePrograms(lab)
      lab.write('agents.toml', configOf(lab, { agents: names(200), watchdog: '' }))
      const times = quick ? 0.3 : 1
      return [
        ...parts.screens(claudeScreens(), Math.ceil(200 * times)),
        ...parts.deciding(Math.ceil(1000 * times)),
        ...(await parts.loading(lab.path('agents.toml'), Math.ceil(30 * times))),
      ]
    } finally {
      await lab.end()
    }
  },
}

function claudeScreens() {
  const folder = join(root, 'test', 'fixtures', 'screens', 'claude', 'synthetic')
  return readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
}

async function bundled(lab) {
  const outfile = lab.path('parts.mjs')
  await build({
    entryPoints: [join(root, 'test', 'bench', 'parts.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
    banner: { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);" },
  })
  return import(pathToFileURL(outfile).href)
}
