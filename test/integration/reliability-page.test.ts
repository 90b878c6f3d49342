import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const script = join(root, 'scripts/check-reliability.mjs')
const check = (...page: string[]) => spawnSync(process.execPath, [script, ...page], { encoding: 'utf8' })

test('every test that docs/reliability.md names exists, and every row is there once', () => {
  const { status, stderr } = check()
  expect(stderr).toBe('')
  expect(status).toBe(0)
})

test('a page that names a test which does not exist is refused, and so is a lost row', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'r-'))
  const text = await readFile(join(root, 'docs/reliability.md'), 'utf8')
  const lies = text
    .replace(
      /^(\| 1 \|.*)\| [^|]+ \|$/m,
      `$1| \`test/integration/reliability-page.test.ts\`: no ${'such'} title |`,
    )
    .replace(/^\| 2 \|.*\n/m, '')
  await writeFile(join(dir, 'page.md'), lies)
  const { status, stderr } = check(join(dir, 'page.md'))
  await rm(dir, { recursive: true })
  expect(stderr).toContain('row 1: test/integration/reliability-page.test.ts has no test')
  expect(stderr).toContain('row 2 is not there exactly once')
  expect(status).toBe(1)
})
