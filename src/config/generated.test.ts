import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dialogReference } from '../dialogs/reference.ts'
import { jsonSchema } from './json-schema.ts'
import { configReference } from './reference.ts'

const root = join(import.meta.dirname, '../..')
const stale = 'type: node scripts/gen-config-docs.mjs'

test('agents.schema.json is what the schema says', () => {
  expect(readFileSync(join(root, 'agents.schema.json'), 'utf8'), stale).toBe(
    `${JSON.stringify(jsonSchema(), null, 2)}\n`,
  )
})

test('the reference is what the schema says', () => {
  expect(readFileSync(join(root, 'docs/reference/config.md'), 'utf8'), stale).toBe(configReference())
})

test('the list of dialogs is what the catalogue says', () => {
  expect(readFileSync(join(root, 'docs/reference/dialogs.md'), 'utf8'), stale).toBe(dialogReference())
})

test('every key has a description', () => {
  const bare: string[] = []
  const walk = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return
    const { properties, items, additionalProperties } = node as Record<string, Record<string, unknown>>
    for (const [key, inner] of Object.entries(properties ?? {})) {
      if (typeof (inner as { description?: string }).description !== 'string') bare.push(`${path}.${key}`)
      walk(inner, `${path}.${key}`)
    }
    walk(items, `${path}[]`)
    walk(additionalProperties, `${path}.*`)
  }
  walk(jsonSchema(), '')
  expect(bare).toEqual([])
})
