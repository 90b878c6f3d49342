import { JSON_OPTION, type VerbSpec } from './spec.ts'

export const TALK: readonly VerbSpec[] = [
  {
    name: 'send',
    group: 'Talk to agents',
    args: 'NAME [TEXT...]',
    min: 0,
    max: Number.POSITIVE_INFINITY,
    completes: { wordsAndAgents: ['supervisor'] },
    summary: 'send a message to an agent, or to people, and say how far it came',
    details:
      'The words of TEXT are joined by blanks; `-` reads standard input to its end, --file a file. Put `--` before a text ' +
      'that begins with `-`. Control characters are left out, lines stay lines, line ends at the end go; a text longer ' +
      'than `[watchdog] message_inline` becomes a file that the message points to. Prints the id. The message is on disk ' +
      'then and survives crashes: queued, staged, submitted, seen, acknowledged, or failed. `queue` types it at the end ' +
      'of the running turn, `steer` into that turn where the backend takes it (`steers`), `interrupt` ends the turn ' +
      'first (`interrupt_key`). Nothing is typed into a dialog, over a draft, or while a person types. With --wait it ' +
      'exits 0 when the state is reached, 1 when the message failed, and 124 after --timeout: the message stays in line ' +
      'then. A known --id is that message, not a second one. --wait=acknowledged adds a line to the message that asks ' +
      'the agent for `agents ack ID`. With the town on the message goes through the inbox of NAME: any agent of the ' +
      'town, or `supervisor` for people; the watchdog types it there. The sender is the agent whose session this is, ' +
      'by its token, else `supervisor`. --reply-to continues a thread and needs no NAME: its sender is answered. At most ' +
      '1 MiB, 100 messages a minute of one sender, 20 turns a minute of two that answer each other. --to-pane types it ' +
      'into the pane without the town. With the town off it goes there, too: --query, --info and --ack are said before the ' +
      'text then, and --urgent is --mode steer. JSON: `{version, message, awaited?, reached?}`.',
    options: [
      {
        name: 'mode',
        value: 'MODE',
        offers: ['queue', 'steer', 'interrupt'],
        summary: 'queue (default), steer or interrupt',
      },
      {
        name: 'wait',
        value: 'STATE',
        whenBare: 'seen',
        words: ['submitted', 'seen', 'acknowledged'],
        summary: 'wait until it is submitted, seen (default) or acknowledged',
      },
      { name: 'timeout', value: 'DUR', summary: 'wait at most this long (default 2m)' },
      { name: 'file', value: 'PATH', summary: 'the text is in this file' },
      { name: 'query', summary: 'it is a question' },
      { name: 'info', summary: 'it is good to know, and wants nothing done' },
      { name: 'ack', summary: 'it confirms: received, approved, thanks, or rejected: REASON' },
      {
        name: 'urgent',
        summary: 'read before all others; typed into the turn where the backend takes it',
      },
      {
        name: 'priority',
        value: 'P',
        offers: ['low', 'normal', 'high', 'urgent'],
        summary: 'town: low, normal (default), high or urgent',
      },
      { name: 'reply-to', value: 'ID', summary: 'town: answer this message of the own inbox, in its thread' },
      {
        name: 'from',
        value: 'NAME',
        offers: 'agents',
        summary: 'town: who sends; nobody can send as another agent',
      },
      { name: 'to-pane', summary: 'type it into the pane, whether the town is on or not' },
      {
        name: 'id',
        value: 'ID',
        summary: 'id of the message, for sending it again without sending it twice',
      },
      JSON_OPTION,
    ],
    examples: [
      'agents send builder please rebase on main',
      'git diff | agents send adversary --wait=seen --timeout 5m -',
      'agents send builder --mode interrupt "stop: the plan has changed, read it again"',
      'agents send supervisor --query "May I push to main?"',
      'agents send --reply-to 5b0d3f6e "Yes, after the tests."',
    ],
    load: () => import('../commands/send.ts'),
  },
  {
    name: 'outbox',
    group: 'Talk to agents',
    args: '[NAME]',
    min: 0,
    max: 1,
    completes: 'agents',
    summary: 'messages that wait or were delivered lately: state, age, why',
    details:
      'All that wait, and the last 30 that do not any more, oldest first: those of `agents send`, and the hand-offs, ' +
      'wakes, probes and kickoffs of the watchdog. --withdraw takes back one that was not typed yet. JSON: `{version, ' +
      'at, messages}`.',
    options: [
      { name: 'withdraw', value: 'ID', summary: 'take this message back, unless it was typed already' },
      JSON_OPTION,
    ],
    examples: ['agents outbox', 'agents outbox builder --json', 'agents outbox --withdraw m-1f3a9c'],
    load: () => import('../commands/outbox.ts'),
  },
  {
    name: 'ack',
    group: 'Talk to agents',
    args: 'ID',
    min: 1,
    max: 1,
    completes: 'nothing',
    summary: 'say that a message was read: for the agent that got it',
    details:
      'To be called by the agent, from its session; the config is found there by itself. The message must have been ' +
      'typed. Saying it twice is no error. JSON: `{version, message}`.',
    options: [JSON_OPTION],
    examples: ['agents ack m-1f3a9c'],
    load: () => import('../commands/ack.ts'),
  },
]
