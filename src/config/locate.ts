import type { AST } from 'toml-eslint-parser'
import type { Path } from './finding.ts'

export interface Place {
  /** 1-based. */
  line: number
  /** 1-based. */
  column: number
}

export interface Locator {
  /** The place of a key, of the nearest table around it where it is not written, undefined in an empty file. */
  find(path: Path): Place | undefined
  paths(): Path[]
}

type Index = Map<string, Place>
const keyOf = (path: Path): string => JSON.stringify(path)

/** Knows where each key, table and array element of the file stands. */
export function createLocator(tree: AST.TOMLProgram): Locator {
  const index: Index = new Map()
  for (const node of tree.body[0].body) {
    if (node.type === 'TOMLKeyValue') addPair(index, [], node)
    else {
      addSteps(index, node.resolvedKey, node.loc.start)
      for (const pair of node.body) addPair(index, node.resolvedKey, pair)
    }
  }
  return {
    find(path) {
      for (let length = path.length; length > 0; length--) {
        const place = index.get(keyOf(path.slice(0, length)))
        if (place !== undefined) return place
      }
      return undefined
    },
    paths: () => [...index.keys()].map((key) => JSON.parse(key) as Path),
  }
}

/** The table itself, and those that its dotted name opens on the way. */
function addSteps(index: Index, path: Path, at: { line: number; column: number }): void {
  for (let length = 1; length <= path.length; length++) {
    const key = keyOf(path.slice(0, length))
    if (!index.has(key)) index.set(key, { line: at.line, column: at.column + 1 })
  }
}

function addPair(index: Index, table: Path, pair: AST.TOMLKeyValue): void {
  const path = [...table, ...pair.key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value))]
  addSteps(index, path, pair.key.loc.start)
  addContent(index, path, pair.value)
}

function addContent(index: Index, path: Path, value: AST.TOMLContentNode): void {
  if (value.type === 'TOMLInlineTable') for (const pair of value.body) addPair(index, path, pair)
  if (value.type !== 'TOMLArray') return
  for (const [position, element] of value.elements.entries()) {
    addSteps(index, [...path, position], element.loc.start)
    addContent(index, [...path, position], element)
  }
}
