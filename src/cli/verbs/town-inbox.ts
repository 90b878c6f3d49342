import { JSON_OPTION, type VerbSpec } from './spec.ts'

export const TOWN_INBOX: readonly VerbSpec[] = [
  {
    name: 'inbox',
    group: 'Town: messages',
    args: '[AGENT | WORD ID...]',
    min: 0,
    max: Number.POSITIVE_INFINITY,
    completes: { wordsAndAgents: ['take', 'ack', 'nack', 'dead', 'supervisor'] },
    summary: 'messages of the town; take | ack | nack | dead',
    details:
      'Alone it lists the own mailbox: of the agent in its session, else `supervisor`, the mailbox of people; with AGENT ' +
      'that of an agent, with --all how much is in each. Lists show up to 4,000 characters of each (--json all) and change nothing. `take` takes the ' +
      'next messages (at most 64), urgent ones first, under a lease of `[town] lease`, and prints them between lines ' +
      'with a random mark. `ack` says that messages are done with, for good; one that was acknowledged before stays so. ' +
      '`nack` gives them back to where they stood. What is neither comes back when its lease is over, marked as shown ' +
      'before; after three times it is a dead letter and its sender is told. `dead` lists those, and --requeue ID puts ' +
      'one back. Ids may be cut to four characters. A person may settle messages of an agent with --of. JSON: `{version, ' +
      'agent, counts, messages}`; of --all `{version, mailboxes}`; of take `{version, messages, leaseMs}`; of ack ' +
      '`{version, acknowledged}`; of nack `{version, given}`; of --requeue `{version, requeued}`.',
    options: [
      { name: 'all', short: 'a', summary: 'how much is in every mailbox of the town' },
      { name: 'reason', value: 'TEXT', summary: 'nack: why, kept with the message' },
      { name: 'requeue', value: 'ID', summary: 'dead: put this one back into its inbox' },
      {
        name: 'of',
        value: 'AGENT',
        offers: 'agents',
        summary: 'take, ack, nack: in the mailbox of this agent; for people',
      },
      JSON_OPTION,
    ],
    examples: [
      'agents inbox supervisor',
      'agents inbox --all --json',
      'agents inbox take 5',
      'agents inbox ack 5b0d3f6e 91ab',
      'agents inbox dead builder --requeue 5b0d3f6e',
    ],
    load: () => import('../commands/inbox.ts'),
  },
]
