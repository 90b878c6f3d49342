import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { bootMessage } from '../../src/backends/launch.ts'
import { VERBS } from '../../src/cli/table.ts'
import type { RouteSpec } from '../../src/core/index.ts'
import { askForAck, letterText, nudgeText, probeText } from '../../src/delivery/notices.ts'
import { inboxText, pingText } from '../../src/handoff/message.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const pages = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

/** The anchors of a page's headings, as GitHub makes them; of one that stands twice the first. */
const anchorsOf = (page: string): Set<string> =>
  new Set(
    [...read(page).matchAll(/^#{1,6} (.*)$/gm)].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )

test('the README names every verb, and no verb that is not there', () => {
  const table = read('README.md').split('## Every verb')[1]!.split('\n## ')[0]!
  const rows = table.split('\n').filter((line) => line.startsWith('| `'))
  const named = rows.flatMap((row) =>
    [...row.split(' | ')[0]!.matchAll(/`([a-z]+)/g)].map((found) => found[1]),
  )
  expect(named.sort()).toEqual(VERBS.map((verb) => verb.name).sort())
})

test('docs/events.md explains every kind of event, and no other', () => {
  const kinds = read('src/core/event.ts')
    .split('export interface')[0]!
    .matchAll(/\| '([a-z-]+)'/g)
  const table = read('docs/events.md').split('| kind | what happened |')[1]!
  const explained = table.split('\n').flatMap((row) => [...row.split(' | ')[0]!.matchAll(/`([a-z-]+)`/g)])
  expect(explained.map((found) => found[1]).sort()).toEqual([...kinds].map((found) => found[1]).sort())
})

test('agents.example.toml shows every table of the schema, in force or as a comment', () => {
  const example = read('agents.example.toml')
  const tables = [...read('docs/reference/config.md').matchAll(/^## `(\[+)([\w.]+?)(?:\.NAME)?\]+`$/gm)]
  expect(tables.length).toBeGreaterThan(12)
  const missing = tables.filter(([, bracket, name]) => {
    // A table inside another may stand there as a value: wake = { … }.
    const last = name!.split('.').at(-1)!
    return !new RegExp(`^(# )?(${bracket!.replaceAll('[', '\\[')}${name}[\\].]|${last} = \\{)`, 'm').test(
      example,
    )
  })
  expect(missing.map(([heading]) => heading)).toEqual([])
})

test('docs/json.md names every field of the status document', () => {
  const source = read('src/core/status.ts').split('/** `agents why NAME`. */')[0]!
  const fields = [...source.matchAll(/^ {2,4}([a-zA-Z]+)\??:/gm)].map((found) => found[1]!)
  const page = read('docs/json.md')
  expect(fields.filter((field) => !new RegExp(`[\`.]${field}[\`[\\]]`).test(page))).toEqual([])
})

test('docs/json.md has a document of every verb that takes --json', () => {
  const page = read('docs/json.md')
  // The first cell of each row, and what stands in headings.
  const firsts = page
    .split('\n')
    .flatMap((line) => /^(?:\| |## )(.*?)(?: (?<!\\)\| |$)/.exec(line)?.[1] ?? [])
  const named = new Set(
    firsts.flatMap((first) => [...first.matchAll(/`(?:agents )?([a-z-]+)/g)].map(([, verb]) => verb)),
  )
  const verbs = VERBS.filter(({ options }) => options.some(({ name }) => name === 'json'))
  expect(verbs.map(({ name }) => name).filter((name) => !named.has(name))).toEqual([])
})

test.each(pages)('every link of %s leads somewhere', (page) => {
  const links = [...read(page).matchAll(/\]\(([^)#\s]*)(?:#([^)]*))?\)/g)]
  const dead = links.filter(([, file = '', anchor]) => {
    if (/^https?:/.test(file)) return false
    const path = file === '' ? page : join(dirname(page), file)
    if (!existsSync(join(root, path))) return true
    return anchor !== undefined && path.endsWith('.md') && !anchorsOf(path).has(anchor)
  })
  expect(dead.map(([link]) => link)).toEqual([])
})

test('docs/messages.md has the very words of each notice that is typed to an agent', () => {
  const page = read('docs/messages.md')
  const route = { id: 'claim', message: '' } as RouteSpec
  const words = [
    bootMessage('{path}').replace("'{path}'", '{path}'),
    ...['claim', 'review', 'x'].flatMap((id) =>
      [1, 7].map((count) =>
        pingText({ ...route, id }, count, '0123456', 'main')
          .replace('0123456', '{hash}')
          .replace(' main ', ' {branch} ')
          .replace('route x', 'route {route}')
          .replace(/\b7\b/, '{count}'),
      ),
    ),
    inboxText('{path}'),
    nudgeText,
    probeText({ kind: 'persistent' }),
    probeText({ kind: 'loop' }),
    letterText('{path}', 12_345).replace('12345', '{bytes}'),
    askForAck('{id}'),
  ]
  for (const one of words) expect(page).toContain(one)
})
