/** Tools that the program may ask for, by the name of their command. */
export type Tool = 'tmux' | 'git' | 'node' | 'redis-server'

interface Manager {
  command: string
  /** `%` stands for the packages. */
  install: string
  /** Needs to be root. */
  root: boolean
  packages: Record<Tool, string>
}

const SAME = { tmux: 'tmux', git: 'git', node: 'nodejs', 'redis-server': 'redis' } as const

/** In the order in which they are looked for: the system's own before the guests. */
const MANAGERS: readonly Manager[] = [
  {
    command: 'apt-get',
    install: 'apt-get install -y %',
    root: true,
    packages: { ...SAME, 'redis-server': 'redis-server' },
  },
  { command: 'dnf', install: 'dnf install -y %', root: true, packages: SAME },
  { command: 'pacman', install: 'pacman -S --noconfirm %', root: true, packages: SAME },
  { command: 'apk', install: 'apk add %', root: true, packages: SAME },
  { command: 'brew', install: 'brew install %', root: false, packages: { ...SAME, node: 'node' } },
  { command: 'nix', install: 'nix profile install %', root: false, packages: SAME },
]

export interface Machine {
  has(command: string): boolean
  platform: NodeJS.Platform
  root: boolean
}

/** The exact command that installs `tools` here; undefined when no package manager is known. */
export function installCommand(tools: readonly Tool[], machine: Machine): string | undefined {
  if (tools.length === 0) return undefined
  const order = machine.platform === 'darwin' ? [...MANAGERS].sort(brewFirst) : MANAGERS
  const manager = order.find((each) => machine.has(each.command))
  if (manager === undefined) return undefined
  const packages = tools.map((tool) =>
    manager.command === 'nix' ? `nixpkgs#${manager.packages[tool]}` : manager.packages[tool],
  )
  const command = manager.install.replace('%', packages.join(' '))
  return manager.root && !machine.root ? `${asRoot(machine)} ${command}` : command
}

/** A sentence for a person also where there is no package manager. */
export function installHint(tools: readonly Tool[], machine: Machine): string {
  const command = installCommand(tools, machine)
  if (command !== undefined) return command
  if (machine.platform === 'darwin')
    return `install Homebrew (https://brew.sh), then: brew install ${tools.join(' ')}`
  return `use this system's package manager to install ${tools.join(' and ')}`
}

function brewFirst(a: Manager, b: Manager): number {
  return Number(b.command === 'brew') - Number(a.command === 'brew')
}

function asRoot(machine: Machine): string {
  if (machine.has('sudo')) return 'sudo'
  return machine.has('doas') ? 'doas' : 'sudo'
}
