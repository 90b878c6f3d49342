import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execaSync } from 'execa'
import * as fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readUnit } from '../../test/support/unit-file.ts'
import { cronLine } from './cron.ts'
import { parseEnvFile } from './env-file.ts'
import { launchdPlist } from './launchd.ts'
import { recipeOf } from './recipe.ts'
import { systemdUnit } from './systemd.ts'

const parts = {
  fleetId: '0123456789ab',
  sessionPrefix: 'my-',
  configPath: '/home/me/pro ject/agents.toml',
  logDir: '/home/me/pro ject/.agents',
  stateDir: '/home/me/pro ject/.agents/state',
  program: { node: '/opt/node/bin/node', entry: '/opt/agents/dist/agents.js' },
  env: { PATH: '/opt/node/bin:/usr/bin', LANG: 'en_US.UTF-8', ANTHROPIC_API_KEY: 'secret', HOME: '/home/me' },
}

/** Any path that a file system could hold, the ugly ones first. */
const path = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
    fc.string({
      unit: fc.constantFrom(...'\\"\'$%{}();&|<>`#! \t\n~=\x01\x1f\x7f'),
      minLength: 1,
      maxLength: 30,
    }),
  )
  .filter((text) => !text.includes('\0') && !/[\ud800-\udfff]/u.test(text))
  .map((text) => `/${text}`)

const recipe = (config: string, state = config, node = config, PATH = config) =>
  recipeOf({ ...parts, configPath: config, stateDir: state, program: { node, entry: config }, env: { PATH } })

const run = (command: string, args: string[], input = '') => {
  const done = execaSync(command, args, { reject: false, input })
  return { ...done, missing: done.code === 'ENOENT' }
}

describe('a systemd unit', () => {
  test('is this', () => {
    expect(systemdUnit(recipeOf(parts))).toMatchInlineSnapshot(`
      "# Written by \`agents service install\`; \`agents service uninstall\` removes it.
      [Unit]
      Description=agents: brings the watchdog of the fleet my- back
      StartLimitIntervalSec=0

      [Service]
      ExecStart=/usr/bin/env "/opt/node/bin/node" "/opt/agents/dist/agents.js" "service" "run" "--config" "/home/me/pro ject/agents.toml" "--state-dir" "/home/me/pro ject/.agents/state"
      Environment="LANG=en_US.UTF-8"
      Environment="PATH=/opt/node/bin:/usr/bin"
      Environment=AGENTS_SERVICE=systemd
      Restart=always
      RestartSec=10
      KillMode=process
      OOMPolicy=continue
      UMask=0077

      [Install]
      WantedBy=default.target
      "
    `)
  })

  test('hands every path and variable on byte for byte, as the manual says that it is read', () => {
    fc.assert(
      fc.property(path, path, path, path, (config, state, node, PATH) => {
        const want = recipe(config, state, node, PATH)
        const unit = readUnit(systemdUnit(want))
        expect(unit.argv).toEqual(['/usr/bin/env', ...want.argv])
        expect(unit.env).toEqual({ PATH, AGENTS_SERVICE: 'systemd' })
      }),
      { numRuns: 2000 },
    )
  })

  test('leaves agents alone when it ends, and passes systemd-analyze where there is one', ({ skip }) => {
    const text = systemdUnit(recipe('/pro %h $HOME "q"/agents.toml'))
    const { keys } = readUnit(text)
    expect(keys.get('Service.KillMode')).toEqual(['process'])
    expect(keys.get('Service.OOMPolicy')).toEqual(['continue'])
    expect(keys.get('Service.Restart')).toEqual(['always'])
    const dir = mkdtempSync(join(tmpdir(), 'u-'))
    onTestFinished(() => rmSync(dir, { recursive: true }))
    const file = join(dir, 'agents-x.service')
    writeFileSync(file, text)
    const done = run('systemd-analyze', ['verify', '--user', '--man=no', file])
    if (done.missing) skip('systemd-analyze is not installed')
    expect(`${done.stderr}${done.stdout}`.split('\n').filter((line) => line.includes('agents-x'))).toEqual([])
  })
})

describe('a launchd property list', () => {
  test('is this', () => {
    expect(launchdPlist(recipeOf(parts))).toMatchSnapshot()
  })

  test('is read back as what was meant, by a parser of property lists', ({ skip }) => {
    const samples = fc.sample(
      path.filter((text) => !/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text)),
      { numRuns: 60, seed: 7 },
    )
    const want = samples.map((text) => recipe(text))
    const reader = plistReader()
    if (reader === undefined) return skip('neither plutil nor python3 is installed')
    const lists = reader(want.map(launchdPlist))
    for (const [at, list] of lists.entries()) {
      const { argv, env } = want[at]!
      expect(list).toMatchObject({
        Label: 'agents-my-0123456789ab',
        ProgramArguments: argv,
        EnvironmentVariables: { ...env, AGENTS_SERVICE: 'launchd' },
        RunAtLoad: true,
        KeepAlive: true,
        AbandonProcessGroup: true,
        Umask: 0o077,
      })
    }
  })

  test('refuses what XML cannot hold', () => {
    expect(() => launchdPlist(recipe('/a\x01b'))).toThrow(expect.objectContaining({ code: 'SERVICE_PATH' }))
  })
})

/** Reads many lists with one process. */
function plistReader(): ((texts: string[]) => Record<string, unknown>[]) | undefined {
  const script =
    'import json,plistlib,sys\nprint(json.dumps([plistlib.loads(t.encode()) for t in json.load(sys.stdin)]))'
  if (!run('python3', ['-c', 'import plistlib']).missing)
    return (texts) => JSON.parse(run('python3', ['-c', script], JSON.stringify(texts)).stdout)
  if (run('plutil', ['-help']).missing) return undefined
  return (texts) =>
    texts.map((text) => JSON.parse(run('plutil', ['-convert', 'json', '-o', '-', '-'], text).stdout))
}

test('a crontab line is read by cron and a shell as what was meant', () => {
  fc.assert(
    fc.property(
      path.filter((text) => !text.includes('\n')),
      (text) => {
        const want = recipe(text)
        const line = cronLine(want)
        expect(line.startsWith('@reboot ')).toBe(true)
        const bare = line.slice('@reboot '.length)
        expect(bare).not.toMatch(/(^|[^\\])%/)
        const shell = bare.replaceAll('\\%', '%').replace('/usr/bin/env', "printf '%s\\0'")
        const said = run('sh', ['-c', shell]).stdout.split('\0').slice(0, -1)
        expect(said).toEqual([`PATH=${text}`, ...want.argv])
      },
    ),
    { numRuns: 40 },
  )
})

test('no key of the person who installs it goes into a file', () => {
  for (const text of [systemdUnit(recipeOf(parts)), launchdPlist(recipeOf(parts)), cronLine(recipeOf(parts))])
    expect(text).not.toContain('secret')
})

test('two fleets have two names, and one fleet always the same', () => {
  expect(recipeOf(parts).name).toBe('agents-my-0123456789ab')
  expect(recipeOf({ ...parts, sessionPrefix: '--' }).name).toBe('agents-0123456789ab')
})

test('a file of variables: comments, quotes, export, nothing expanded', () => {
  const text = '# keys\nexport A=1\nB="x y"\n C=\'$HOME\' \nbad line\nD=a=b\r\n2E=no\nF=\n'
  expect(parseEnvFile(text)).toEqual({ A: '1', B: 'x y', C: '$HOME', D: 'a=b', F: '' })
})
