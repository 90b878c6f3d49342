import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { importTypeScript, root } from '../../../scripts/run-typescript.mjs'
import { configOf, names, writePrograms } from '../fleet.mjs'
import { openLab } from '../lab.mjs'

/** The parts that no process boundary hides: reading screens, deciding, loading a config. */
export const inside = {
  name: 'inside',
  title: 'parts alone',
  async run({ quick }) {
    const lab = openLab()
    try {
      const parts = await importTypeScript('test/bench/parts.ts')
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
