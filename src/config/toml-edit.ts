import type { AST } from 'toml-eslint-parser'
import type { Path } from './finding.ts'

export type TomlValue = string | number | boolean | readonly string[]

/** One key of a table; `value: undefined` takes the key out. */
export interface TomlEdit {
  /** Of the table; a number is the place in an array of tables. */
  table: Path
  key: string
  value: TomlValue | undefined
}

/**
 * Sets keys in the text of a TOML file and leaves the rest as it is: comments, blanks, order. A key stands where it
 * stood; a new one below the last of its table; a new table at the end of the file.
 * @param tree of exactly this text
 */
export function editToml(text: string, tree: AST.TOMLProgram, edits: readonly TomlEdit[]): string {
  const changes = edits.flatMap((edit) => changeOf(text, tree, edit) ?? [])
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const edited = [...changes]
    // From the end to the beginning; what goes to one place in the order in which it was asked for.
    .sort((a, b) => b.from - a.from || changes.indexOf(b) - changes.indexOf(a))
    .reduce((now, { from, to, put }) => now.slice(0, from) + put.replaceAll('\n', eol) + now.slice(to), text)
  const made = newTables(tree, edits)
  if (made === '') return edited
  const gap = edited === '' ? '' : /\n\r?\n$/.test(edited) ? '' : edited.endsWith('\n') ? '\n' : '\n\n'
  return `${edited}${`${gap}${made}`.replaceAll('\n', eol)}`
}

interface Change {
  from: number
  to: number
  put: string
}

function changeOf(text: string, tree: AST.TOMLProgram, { table, key, value }: TomlEdit): Change | undefined {
  const home = bodyOf(tree, table)
  if (home === undefined) return undefined
  const pair = home.pairs.find((one) => sameKey(one, key))
  if (pair !== undefined) {
    const [from, to] = pair.value.range
    return value === undefined ? wholeLine(text, pair) : { from, to, put: tomlValue(value) }
  }
  if (value === undefined) return undefined
  const line = `${tomlKey(key)} = ${tomlValue(value)}`
  const last = home.pairs.at(-1)
  if (last === undefined && home.head === undefined) return { from: 0, to: 0, put: `${line}\n` }
  const end = endOfLine(text, (last?.range ?? home.head!)[1])
  return { from: end, to: end, put: `\n${line}` }
}

interface Body {
  pairs: readonly AST.TOMLKeyValue[]
  /** Of the header, without what stands below it; undefined at the top of the file. */
  head: readonly [number, number] | undefined
}

function bodyOf(tree: AST.TOMLProgram, table: Path): Body | undefined {
  const top = tree.body[0].body
  if (table.length === 0)
    return { pairs: top.filter((node) => node.type === 'TOMLKeyValue'), head: undefined }
  const found = top.find(
    (node): node is AST.TOMLTable =>
      node.type === 'TOMLTable' && JSON.stringify(node.resolvedKey) === JSON.stringify(table),
  )
  return found === undefined ? undefined : { pairs: found.body, head: found.key.range }
}

const sameKey = ({ key }: AST.TOMLKeyValue, wanted: string): boolean => {
  const [only, ...more] = key.keys
  return (
    only !== undefined && more.length === 0 && (only.type === 'TOMLBare' ? only.name : only.value) === wanted
  )
}

/** After everything of the line, a comment included. */
function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  if (end === -1) return text.length
  return text[end - 1] === '\r' ? end - 1 : end
}

function wholeLine(text: string, pair: AST.TOMLKeyValue): Change {
  const from = text.lastIndexOf('\n', pair.range[0] - 1) + 1
  const end = text.indexOf('\n', pair.range[1])
  return { from, to: end === -1 ? text.length : end + 1, put: '' }
}

/** Tables that the file does not have, each with its keys, in the order of the edits. */
function newTables(tree: AST.TOMLProgram, edits: readonly TomlEdit[]): string {
  const made = new Map<string, string[]>()
  for (const { table, key, value } of edits) {
    if (value === undefined || bodyOf(tree, table) !== undefined) continue
    const lines = made.get(JSON.stringify(table)) ?? [headerOf(table)]
    lines.push(`${tomlKey(key)} = ${tomlValue(value)}`)
    made.set(JSON.stringify(table), lines)
  }
  return [...made.values()].map((lines) => `${lines.join('\n')}\n`).join('\n')
}

/** `[a.b]`; `[[a]]` for the next one of an array. */
function headerOf(table: Path): string {
  const words = table.filter((part) => typeof part === 'string').map(tomlKey)
  return typeof table.at(-1) === 'number' ? `[[${words.join('.')}]]` : `[${words.join('.')}]`
}

export const tomlKey = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key))

export function tomlValue(value: TomlValue): string {
  if (typeof value === 'string') return tomlText(value)
  return typeof value === 'object' ? `[${value.map(tomlText).join(', ')}]` : String(value)
}

/** On one line; several lines between three quotes, as a person would write them. */
function tomlText(text: string): string {
  if (!text.includes('\n') || /\r/.test(text)) return `"${escaped(text).replaceAll('"', '\\"')}"`
  const lines = text.split('\n').map(escaped).join('\n')
  return `"""\n${lines.replace(/"(?="|$(?![\s\S]))/g, '\\"')}"""`
}

const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replace(/[\x00-\x1f\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
