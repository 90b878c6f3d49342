import { JSON_OPTION, type VerbSpec } from './spec.ts'

export const SERVICE: readonly VerbSpec[] = [
  {
    name: 'service',
    group: 'Set up',
    args: 'install|uninstall|status',
    min: 1,
    max: 1,
    completes: ['install', 'uninstall', 'status'],
    summary: 'bring the fleet back after a reboot (systemd user unit, launchd agent)',
    details:
      'install: writes the unit of this project and has it run; safe to repeat; not as root. Without systemd or ' +
      'launchd nothing is installed, the file is printed, exit 5. uninstall removes only that file; watchdog and ' +
      'agents run on. status: exit 0 when it is installed and runs, else 1. What was taken down stays down. JSON: ' +
      '`{version, result, kind, name, file, enabled, active, linger?, notes}`; with --print `{version, kind, name, file, ' +
      'text}`; of status `{version, kind, name, file, installed, current, enabled, active, linger?, missing?, faults}`.',
    options: [
      { name: 'print', summary: 'show the file of install instead of installing it' },
      JSON_OPTION,
      { name: 'state-dir', value: 'PATH', summary: 'where the state lies (of `service run`)', hidden: true },
    ],
    examples: ['agents service install', 'agents service install --print', 'agents service status --json'],
    load: () => import('../commands/service.ts'),
  },
]
