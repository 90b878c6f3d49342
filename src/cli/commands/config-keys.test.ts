import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTomlFiles } from '../../adapters/files/toml-files.ts'
import { play } from '../testing/fake-deps.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ck-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const config = (args: string[], tty = false, stdin = '') =>
  play(['config', ...args], {
    deps: {
      home,
      tomlFiles: async () => createTomlFiles(),
      screens: async () => ({ files: { stdin: async () => ({ kind: 'ok', text: stdin }) } }) as never,
    },
    io: { tty },
  })
const path = () => join(home, '.tt', 'config.toml')
const text = () => readFile(path(), 'utf8')

test('keys are written where tinytown looks for them, for their owner alone, and comments stay', async () => {
  await mkdir(join(home, '.tt'))
  await writeFile(path(), '# mine\ndefault_cli = "claude"  # the usual\n', { mode: 0o644 })
  expect(await config(['default_cli', 'codex'])).toMatchObject({ exit: 0, out: 'default_cli = codex\n' })
  await config(['redis.port', '7000'])
  await config(['agent_clis.stub', 'node stub.js'])
  expect(await text()).toBe(
    '# mine\ndefault_cli = "codex"  # the usual\n\n[redis]\nport = 7000\n\n[agent_clis]\nstub = "node stub.js"\n',
  )
  expect((await stat(path())).mode & 0o777).toBe(0o600)
  expect((await config(['agent_clis.stub'])).out).toBe('node stub.js\n')
  await config(['agent_clis.stub', '--unset'])
  expect(await config(['agent_clis.stub'])).toMatchObject({ exit: 1, out: '' })
})

test('without a file there are tinytown’s defaults, and nothing is written', async () => {
  expect((await config([])).out).toBe(
    'default_cli = claude\nredis.host = 127.0.0.1\nredis.port = 16379\nredis.use_central = true\n',
  )
  expect(await config(['conductor_cli'])).toMatchObject({
    exit: 1,
    err: expect.stringContaining('default_cli counts'),
  })
  await expect(text()).rejects.toThrow('ENOENT')
})

test('the password is not shown on a terminal unless that is asked for', async () => {
  await config(['redis.password', '-'], true, 's3cret\n')
  expect(await text()).toContain('password = "s3cret"')
  expect((await config(['redis.password'], true)).out).toBe('********\n')
  expect((await config(['redis.password', '--show'], true)).out).toBe('s3cret\n')
  expect((await config(['redis.password'])).out).toBe('s3cret\n')
  expect((await config([])).out).toContain('redis.password = ********\n')
  expect((await config(['redis.password', 'other'])).out).not.toContain('other')
})

test.each([
  [['default_clj', 'x'], 'Did you mean default_cli?'],
  [['redis.port', '70000'], 'from 1 to 65535'],
  [['redis.use_central', 'yes'], 'true or false'],
  [['default_cli', ''], '--unset'],
  [['default_cli', 'x', '--unset'], 'needs no value'],
  [['check', 'x'], 'does not take "x"'],
  [['agent_clis.'], 'not understood'],
])('config %j is refused, and nothing is written', async (args, said) => {
  expect(await config(args)).toMatchObject({ exit: 2, err: expect.stringContaining(said) })
  await expect(text()).rejects.toThrow('ENOENT')
})

test('a damaged file is named and left alone', async () => {
  await mkdir(join(home, '.tt'))
  await writeFile(path(), 'default_cli = \n')
  expect(await config(['default_cli', 'x'])).toMatchObject({
    exit: 2,
    err: expect.stringContaining('not TOML'),
  })
  expect(await text()).toBe('default_cli = \n')
})

test('JSON', async () => {
  await config(['redis.password', 'p'])
  expect(JSON.parse((await config(['--json'])).out)).toMatchObject({
    version: 1,
    path: path(),
    values: { default_cli: 'claude', 'redis.password': '********' },
  })
  expect(JSON.parse((await config(['default_cli', '--json'])).out)).toEqual({
    version: 1,
    key: 'default_cli',
    value: 'claude',
  })
})
