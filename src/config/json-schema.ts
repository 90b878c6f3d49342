import { toJsonSchema } from '@valibot/to-json-schema'
import { notesOf } from './schema/fields.ts'
import { configSchema } from './schema/schema.ts'

type Json = { [key: string]: unknown }

/** Left alone by the checks, so editors leave it alone too. */
const OWN_NOTES = { '^x[_-]': {} }

/**
 * The JSON Schema of agents.toml, for editors (`#:schema ./agents.schema.json` in the first line of a config). Made from
 * the schema that the checks use; what only code can tell (patterns that compile, names that exist) is not in it.
 */
export function jsonSchema(): Json {
  const { $schema: _, ...made } = toJsonSchema(configSchema, {
    errorMode: 'ignore',
    typeMode: 'input',
  }) as Json
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'agents.toml',
    description: 'A fleet of AI coding agents in tmux, run and supervised by agents.',
    ...annotated(made, configSchema as unknown as Node),
  }
}

interface Node {
  wrapped?: Node
  entries?: Record<string, Node>
  item?: Node
  value?: Node
}

/**
 * Adds what the converter cannot see behind a transformation: descriptions. Closes tables, except for notes of the
 * user's own.
 */
function annotated(made: Json, schema: Node): Json {
  const node = schema.wrapped ?? schema
  const { notes: _, ...out } = made
  const about = description(node)
  if (about !== undefined) out.description = about
  // TOML integers beyond 2^53 are read as bigint, for which JSON Schema has no word.
  if (Array.isArray(out.anyOf)) out.anyOf = out.anyOf.filter((one: Json) => 'type' in one)
  if (node.entries !== undefined) {
    const properties = out.properties as Record<string, Json>
    out.properties = Object.fromEntries(
      Object.entries(node.entries).map(([key, entry]) => [key, annotated(properties[key] ?? {}, entry)]),
    )
    Object.assign(out, { additionalProperties: false, patternProperties: OWN_NOTES })
  }
  if (node.item !== undefined) out.items = annotated(out.items as Json, node.item)
  if (node.value !== undefined)
    out.additionalProperties = annotated(out.additionalProperties as Json, node.value)
  return out
}

function description(schema: Node): string | undefined {
  const { about, unit, defaultText } = notesOf(schema)
  if (about === undefined) return undefined
  const unitText = unit === undefined ? '' : ` Unit: ${unit}.`
  return `${about}${unitText}${defaultText === undefined ? '' : ` Default: ${defaultText}.`}`
}
