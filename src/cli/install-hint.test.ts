import { expect, test } from 'vitest'
import { installCommand, installHint, type Machine } from './install-hint.ts'

const machine = (commands: string[], parts: Partial<Machine> = {}): Machine => ({
  has: (command) => commands.includes(command),
  platform: 'linux',
  root: false,
  ...parts,
})

test.each([
  [['apt-get', 'sudo'], {}, 'sudo apt-get install -y tmux git'],
  [['apt-get'], { root: true }, 'apt-get install -y tmux git'],
  [['dnf', 'sudo'], {}, 'sudo dnf install -y tmux git'],
  [['pacman', 'sudo'], {}, 'sudo pacman -S --noconfirm tmux git'],
  [['apk', 'doas'], {}, 'doas apk add tmux git'],
  [['apk'], { root: true }, 'apk add tmux git'],
  [['brew', 'nix'], { platform: 'darwin' as const }, 'brew install tmux git'],
  [['nix'], {}, 'nix profile install nixpkgs#tmux nixpkgs#git'],
  [['brew', 'apt-get', 'sudo'], {}, 'sudo apt-get install -y tmux git'],
])('with %j (%j): %s', (commands, parts, command) => {
  expect(installCommand(['tmux', 'git'], machine(commands, parts))).toBe(command)
})

test.each([
  ['apt-get', 'redis-server'],
  ['dnf', 'redis'],
  ['brew', 'redis'],
])('%s calls the Redis package %s', (manager, name) => {
  expect(
    installCommand(['redis-server'], machine([manager], { root: true }))
      ?.split(' ')
      .at(-1),
  ).toBe(name)
})

test('without a package manager it says what to look for', () => {
  expect(installCommand(['tmux'], machine([]))).toBeUndefined()
  expect(installHint(['tmux', 'git'], machine([]))).toBe(
    "use this system's package manager to install tmux and git",
  )
  expect(installHint(['tmux'], machine([], { platform: 'darwin' }))).toContain('brew install tmux')
})
