import { readFileSync } from 'node:fs'

/** One command and the reply of Redis, recorded from the real tinytown: see test/interop/record.ts. */
export interface Sample {
  after: string
  command: string[]
  reply: unknown
}

type Tape = 'agents' | 'tasks' | 'messages' | 'lists' | 'events' | 'missions' | 'writes' | 'legacy'

export function samples(tape: Tape): Sample[] {
  const path = new URL(`../fixtures/town/${tape}.json`, import.meta.url)
  return (JSON.parse(readFileSync(path, 'utf8')) as { samples: Sample[] }).samples
}

/** Field and value of a hash, in the order of the reply. */
export function pairs(reply: unknown): [string, string][] {
  const flat = reply as string[]
  return flat.flatMap((field, at) => (at % 2 === 0 ? [[field, flat[at + 1] ?? ''] as [string, string]] : []))
}

/** Every hash that `tt` writes whole below `prefix`, its fields in the order in which it sends them. */
export function hashesWritten(prefix: string): { after: string; fields: [string, string][] }[] {
  return samples('writes').flatMap(({ after, reply }) =>
    (reply as string[][])
      .filter(([name, key]) => name === 'HMSET' && key?.startsWith(prefix))
      .map(([, , ...rest]) => ({ after, fields: pairs(rest) })),
  )
}

/** Elements of lists of messages, each once. */
export function messagesWritten(): string[] {
  const lists = [...samples('messages'), ...samples('lists')].filter(({ command }) =>
    /:(inbox|urgent):/.test(command[1] ?? ''),
  )
  return [...new Set(lists.flatMap(({ reply }) => reply as string[]))]
}

/** `data` of every entry of the recorded streams, each once. */
export function eventsWritten(): string[] {
  const entries = samples('events').flatMap(({ reply }) => reply as [string, string[]][])
  return [...new Set(entries.map(([, fields]) => fields[fields.indexOf('data') + 1] ?? ''))]
}

/** The same text with every time to the millisecond: `tt` writes nine digits of a second, we three. */
export const toTheMillisecond = (text: string): string => text.replaceAll(/(\d\d:\d\d\.\d{3})\d+/g, '$1')
