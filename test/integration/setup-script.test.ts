import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const script = fileURLToPath(new URL('../../scripts/setup.sh', import.meta.url))
const wanted = 'a-tool-that-nobody-has'
let bin: string
let log: string

beforeEach(async () => {
  bin = await mkdtemp(join(tmpdir(), 's-'))
  log = join(bin, 'log')
  await symlink(spawnSync('sh', ['-c', 'command -v sh'], { encoding: 'utf8' }).stdout.trim(), join(bin, 'sh'))
  await program('uname', 'echo Linux')
  await program('id', 'echo 0')
})
afterEach(() => rm(bin, { recursive: true, force: true }))

/** A machine is its PATH: what is not put into `bin` is not there. */
async function program(name: string, body: string): Promise<void> {
  await writeFile(join(bin, name), `#!/bin/sh\necho "${name} $*" >>"${log}"\n${body}\n`)
  await chmod(join(bin, name), 0o755)
}

/** Installs by writing the tool into `bin`, as a package manager would. */
const installs = () => `{ echo '#!/bin/sh' >"${bin}/${wanted}"; /bin/chmod +x "${bin}/${wanted}"; }`

function setup(...tools: string[]) {
  return spawnSync(join(bin, 'sh'), [script, ...tools], {
    encoding: 'utf8',
    env: { PATH: bin, HOME: bin, SETUP_EXTRA_PATH: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

const ran = async () => (await readFile(log, 'utf8')).split('\n').filter((line) => !/^(uname|id)/.test(line))

test('says and does nothing when every tool is there', () => {
  expect(setup('sh', 'uname')).toMatchObject({ status: 0, stdout: '', stderr: '' })
})

test('without a package manager it names what to install and exits 5', () => {
  const { status, stderr } = setup(wanted)
  expect(status).toBe(5)
  expect(stderr).toContain(`brew install ${wanted}`)
})

test.each([
  ['dnf', `dnf install -y ${wanted}`],
  ['pacman', `pacman -Sy --noconfirm --needed ${wanted}`],
  ['apk', `apk add ${wanted}`],
  ['brew', `brew install ${wanted}`],
  ['nix', `nix --extra-experimental-features nix-command flakes profile install nixpkgs#${wanted}`],
])('installs what is missing through %s, and says so', async (manager, command) => {
  await program(manager, installs())
  const { status, stderr } = setup(wanted, 'sh')
  expect(stderr).toContain('setup: running: ')
  expect(status).toBe(0)
  expect(await ran()).toContain(command)
})

test('reads the package lists first where apt-get has none', async () => {
  await program('env', 'shift; exec "$@"')
  await program('apt-cache', 'exit 100')
  await program('apt-get', `case "$1" in install) ${installs()} ;; esac`)
  expect(setup(wanted).status).toBe(0)
  const calls = (await ran()).filter((line) => line.startsWith('apt-get'))
  expect(calls).toEqual(['apt-get update', `apt-get install -y --no-install-recommends ${wanted}`])
})

test('a user who is not root goes through sudo, which must not ask without a terminal', async () => {
  await program('id', 'echo 1000')
  await program('sudo', 'shift; exec "$@"')
  await program('apk', installs())
  expect(setup(wanted).status).toBe(0)
  expect(await ran()).toContain(`sudo -n apk add ${wanted}`)
})

test('a user who is not root and has no sudo is told the exact command, and nothing is run', async () => {
  await program('id', 'echo 1000')
  await program('apk', installs())
  const { status, stderr } = setup(wanted)
  expect(status).toBe(5)
  expect(stderr).toContain(`  apk add ${wanted}\n`)
  expect((await ran()).filter(Boolean)).toEqual([])
})

test('a manager that fails, or installs something else, is an exit 5 with the command to type', async () => {
  await program('apk', 'exit 1')
  expect(setup(wanted)).toMatchObject({ status: 5, stderr: expect.stringContaining(`  apk add ${wanted}\n`) })
  await program('apk', 'exit 0')
  expect(setup(wanted)).toMatchObject({ status: 5, stderr: expect.stringContaining('still not on the PATH') })
})
