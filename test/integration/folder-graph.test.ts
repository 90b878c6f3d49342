import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const src = resolve('src')

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'fixtures' || entry.name === 'testing' ? [] : sources(path)
    return /\.ts$/.test(entry.name) && !/\.(test|prop\.test|fixture)\.ts$|testing\.ts$/.test(entry.name)
      ? [path]
      : []
  })
}

/** `adapters/tmux`, `daemon`, …: the rooms of the house. */
function room(path: string): string {
  const parts = relative(src, path).split('/')
  return parts[0] === 'adapters' ? `adapters/${parts[1]}` : (parts[0] ?? '')
}

function arrows(): string[] {
  const found = new Set<string>()
  for (const path of sources(src)) {
    const text = readFileSync(path, 'utf8')
    for (const match of text.matchAll(
      /(import|export)\s+(type\s+)?[^'"]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)/g,
    )) {
      const target = room(resolve(dirname(path), match[3] ?? match[4] ?? ''))
      if (target !== room(path))
        found.add(`${room(path)} ${match[2] === undefined ? '->' : '-type->'} ${target}`)
    }
  }
  return [...found].sort()
}

test('every arrow between the rooms of the house is drawn on purpose', async () => {
  await expect(`${arrows().join('\n')}\n`).toMatchFileSnapshot('folder-graph.txt')
})

test('core imports nothing, the pure core of the watchdog no adapter, and no adapter a slice', () => {
  const drawn = arrows()
  expect(drawn.filter((arrow) => arrow.startsWith('core '))).toEqual([])
  expect(drawn.filter((arrow) => arrow.startsWith('watchdog ') && arrow.includes('adapters'))).toEqual([])
  expect(drawn.filter((arrow) => /^adapters\/\S+ -> (?!core|adapters)/.test(arrow))).toEqual([])
})
