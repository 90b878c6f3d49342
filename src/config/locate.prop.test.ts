import TOML from '@iarna/toml'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createConfigFiles } from '../adapters/files/config-files.ts'
import type { Path } from './finding.ts'
import { createLocator } from './locate.ts'

const files = createConfigFiles()
const key = fc.constantFrom('a', 'b', 'c-d', 'e f', 'é', '__proto__', 'x.y')
const scalar = fc.oneof(fc.integer(), fc.boolean(), fc.constantFrom('', 'text', 'a\nb', '[x]', '# no'))
const { table } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    tie('table'),
    fc.array(scalar, { maxLength: 3 }),
    fc.array(tie('table'), { maxLength: 3 }),
  ),
  table: fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((pairs) => {
    const out = Object.create(null) as Record<string, unknown>
    for (const [k, v] of pairs) out[k] = v
    return out
  }),
}))

/** Every key, table and array element that the parser knows. */
function pathsOf(value: unknown, path: Path = []): string[] {
  const own = path.length === 0 ? [] : [JSON.stringify(path)]
  if (Array.isArray(value)) return [...own, ...value.flatMap((item, i) => pathsOf(item, [...path, i]))]
  if (typeof value !== 'object' || value === null || value instanceof Date) return own
  return [...own, ...Object.entries(value).flatMap(([k, inner]) => pathsOf(inner, [...path, k]))]
}

test('the locator and the parser agree on what is there, and each place holds its key', async () => {
  await fc.assert(
    fc.asyncProperty(table, async (value) => {
      const text = TOML.stringify(value as Parameters<typeof TOML.stringify>[0])
      const parsed = files.parseToml(text)
      const tree = await files.tomlTree(text)
      if (parsed.kind !== 'ok' || tree === undefined) return
      const locator = createLocator(tree)
      expect(
        locator
          .paths()
          .map((p) => JSON.stringify(p))
          .sort(),
      ).toEqual(pathsOf(parsed.value).sort())
      const lines = text.split('\n')
      for (const path of locator.paths()) {
        const place = locator.find(path)!
        const name = path.findLast((step) => typeof step === 'string')!
        if (typeof path.at(-1) === 'string')
          expect(lines[place.line - 1]).toContain(/^[\w-]+$/.test(name) ? name : name.slice(0, 1))
      }
    }),
    { numRuns: 300 },
  )
})

test('a key that is not written is placed at the table around it', async () => {
  const tree = await files.tomlTree('a = 1\n[[agent]]\nname = "x"\n\n[[agent]]\n  wake = { interval = 3 }\n')
  const locator = createLocator(tree!)
  expect(locator.find(['agent', 1, 'backend'])).toEqual({ line: 5, column: 1 })
  expect(locator.find(['agent', 1, 'wake', 'interval'])).toEqual({ line: 6, column: 12 })
  expect(locator.find(['nowhere'])).toBeUndefined()
})
