import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeBackend } from '../../test/simulator/build.ts'
import { claudeHooks, codexNotify, hooksClash, setsNotify } from './hooks.ts'

const dir = mkdtempSync(join(tmpdir(), 'h \'$(x)"-'))
afterAll(() => rmSync(dir, { recursive: true }))

interface Settings {
  hooks: Record<string, { matcher?: string; hooks: { type: string; command: string; timeout: number }[] }[]>
}

test('the hooks of Claude Code start a report beside and succeed at once, whatever the path of the program', async () => {
  const program = join(dir, 'pro gram.sh')
  writeFileSync(
    program,
    // It reports when it may: whoever waited for it would wait for ever.
    `#!/bin/sh\nuntil [ -e "$(dirname "$0")/may" ]; do [ -e "$0" ] || exit; sleep 0.05; done\nprintf '%s ' "$@" >> '${dir.replaceAll("'", "'\\''")}/said'\nexit 7\n`,
  )
  const settings = JSON.parse(claudeHooks(['/bin/sh', program])) as Settings
  expect(Object.keys(settings.hooks).sort()).toEqual([
    'Notification',
    'PermissionRequest',
    'PreToolUse',
    'Stop',
    'StopFailure',
    'UserPromptSubmit',
  ])
  const { command, timeout } = settings.hooks.Stop![0]!.hooks[0]!
  expect(timeout).toBeLessThanOrEqual(5)
  expect(execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8', timeout: 10_000 })).toBe('')
  expect(existsSync(join(dir, 'said'))).toBe(false)
  writeFileSync(join(dir, 'may'), '')
  await expect
    .poll(() => readFileSync(join(dir, 'said'), 'utf8'), { timeout: 5_000 })
    .toBe('report idle --hook Stop ')
})

test('each kind of a failed turn has one report, and none of them is one for a kill', () => {
  const settings = JSON.parse(claudeHooks(['node', 'agents.js'])) as Settings
  const failures = settings.hooks.StopFailure!
  const of = (kind: string) =>
    failures
      .filter(({ matcher }) => new RegExp(`^(?:${matcher})$`).test(kind))
      .map(({ hooks }) => hooks[0]!.command)
  expect(of('rate_limit')).toEqual([expect.stringContaining('report limited --hook StopFailure')])
  expect(of('overloaded')).toEqual([expect.stringContaining('failing --class overload')])
  expect(of('authentication_failed')).toEqual([expect.stringContaining('failing --class auth')])
  expect(of('billing_error')).toEqual([expect.stringContaining('failing --class billing')])
  expect(of('max_output_tokens')).toEqual([expect.stringContaining('report idle')])
})

test('the notify setting of Codex is TOML that holds the words as they are', () => {
  expect(codexNotify(['/n o/"d"', 'a\\gents.js'])).toBe(
    'notify=["/n o/\\"d\\"","a\\\\gents.js","report","--hook","codex-notify"]',
  )
})

const claude = makeBackend('claude', { hooksFlag: "--settings '{hooks}'" })
const codex = makeBackend('codex', { hooksFlag: "-c '{notify}'" })

test.each([
  [claude, 'claude', '', undefined],
  [claude, 'claude --settings mine.json', '', 'its command gives --settings itself'],
  [claude, 'claude', '--model x --settings={}', 'its command gives --settings itself'],
  [claude, 'claude', '--settings-dir x', undefined],
  [codex, 'codex', '-c check_for_update_on_startup=false', undefined],
  [codex, 'codex', '-c \'notify = ["say"]\'', 'its command sets notify itself'],
])('hooks beside the command’s own options: %#', (backend, bin, flags, why) => {
  expect(hooksClash({ ...backend, bin, flags })).toBe(why)
})

test.each([
  ['', false],
  ['model = "x"\nnotify = ["say"]\n', true],
  ['"notify"=[]', true],
  ['# notify = []\n[tui]\nnotify = true\n', false],
  ['notify_x = 1', false],
])('a Codex config with a notify of its own: %#', (toml, wanted) => expect(setsNotify(toml)).toBe(wanted))
