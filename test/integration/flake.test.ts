import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const flake = join(root, 'flake.nix')
const standIn = join(root, 'test/fixtures/nixpkgs-stand-in')
const systems = ['x86_64-linux', 'aarch64-linux', 'x86_64-darwin', 'aarch64-darwin']
const hasNix = spawnSync('nix-instantiate', ['--version']).status === 0

interface Package {
  pname: string
  system: string
}
interface Outputs {
  devShells: Record<string, { default: Package & { packages: Package[] } }>
  formatter: Record<string, Package>
}

test('flake.lock pins nixpkgs to the revision that was agreed on', async () => {
  const lock = JSON.parse(await readFile(join(root, 'flake.lock'), 'utf8'))
  expect(lock.version).toBe(7)
  expect(lock.nodes[lock.root].inputs).toEqual({ nixpkgs: 'nixpkgs' })
  expect(lock.nodes.nixpkgs.original).toEqual({
    owner: 'NixOS',
    ref: 'nixos-25.11',
    repo: 'nixpkgs',
    type: 'github',
  })
  expect(lock.nodes.nixpkgs.locked).toEqual({
    lastModified: 1772465433,
    narHash: 'sha256-ywy9troNEfpgh0Ee+zaV1UTgU8kYBVKtvPSxh6clYGU=',
    owner: 'NixOS',
    repo: 'nixpkgs',
    rev: 'c581273b8d5bdf1c6ce7e0a54da9841e6a763913',
    type: 'github',
  })
})

test('flake.nix and flake.lock speak of the same input', async () => {
  const text = await readFile(flake, 'utf8')
  expect(text).toContain('inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";')
})

// .ci/run installs nix, so there it is never skipped.
describe.skipIf(!hasNix && process.env.CI !== 'true')(
  hasNix ? 'flake.nix' : 'flake.nix (skipped: nix-instantiate is not installed)',
  () => {
    let state: string

    beforeAll(async () => {
      state = await mkdtemp(join(tmpdir(), 'nix-'))
    })
    afterAll(async () => {
      await rm(state, { recursive: true, force: true })
    })

    /** Nix with a store and a state of its own: it may not be installed for this user at all. */
    function nix(args: string[]): { status: number | null; stdout: string; stderr: string } {
      const dirs = Object.fromEntries(
        ['STORE', 'STATE', 'LOG', 'CONF', 'LOCALSTATE'].map((name) => [`NIX_${name}_DIR`, join(state, name)]),
      )
      // Root on a machine without nix's build users is warned of them.
      const NIX_CONFIG = 'build-users-group ='
      const env = { PATH: process.env.PATH, HOME: state, NIX_REMOTE: '', NIX_CONFIG, ...dirs }
      return spawnSync('nix-instantiate', args, { encoding: 'utf8', env, timeout: 15_000 })
    }

    function outputs(): Outputs {
      const call = `let f = import ${flake}; out = f.outputs { self = out; nixpkgs = import ${standIn}; }; in out`
      const found = nix(['--eval', '--strict', '--json', '-E', call])
      expect(found.stderr).toBe('')
      return JSON.parse(found.stdout)
    }

    test('is well-formed', () => {
      const parsed = nix(['--parse', flake])
      expect(parsed.stderr).toBe('')
      expect(parsed.status).toBe(0)
    })

    test('has a dev shell and a formatter for Linux and macOS, on Intel and ARM', () => {
      const found = outputs()
      expect(Object.keys(found)).toEqual(['devShells', 'formatter'])
      expect(Object.keys(found.devShells).sort()).toEqual([...systems].sort())
      expect(Object.keys(found.formatter).sort()).toEqual([...systems].sort())
    })

    test.each(systems)('the shell of %s holds node, tmux, git and redis of that system', (system) => {
      const shell = outputs().devShells[system]!.default
      const names = shell.packages.map((one) => one.pname)
      const everywhere = ['nodejs_22', 'tmux', 'git', 'redis']
      expect(names).toEqual(system.endsWith('linux') ? [...everywhere, 'strace'] : everywhere)
      expect(new Set(shell.packages.map((one) => one.system))).toEqual(new Set([system]))
    })

    test('an attribute that nixpkgs does not have is an error', () => {
      const call = `(import ${standIn}).legacyPackages.x86_64-linux.nodejs_0`
      expect(nix(['--eval', '-E', call]).status).not.toBe(0)
    })
  },
)
