import { JSON_OPTION, type VerbSpec } from './spec.ts'

export const TELL: readonly VerbSpec[] = [
  {
    name: 'notify',
    group: 'Set up',
    args: 'test | status',
    min: 1,
    max: 1,
    completes: ['test', 'status'],
    summary: 'try out who is told when something needs a person, or say what waits to be told',
    details:
      'The channels are those of `[notify]`: a command, a webhook, the bell of attached terminals. test: sends a test ' +
      'message through each of them now, as the running watchdog would, and says what it did; exit 1 when one failed. ' +
      'JSON: `{version, channels: [{channel, ok, detail, ms}]}`. status: `{version, channels: [{channel, target, state, ' +
      'queued, sentLastHour, perHour, nextAt?, lastOk?, lastError?}]}`.',
    options: [JSON_OPTION],
    examples: ['agents notify test', 'agents notify status --json'],
    load: () => import('../commands/notify.ts'),
  },
]
