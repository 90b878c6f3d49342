import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs'
import { homedir } from 'node:os'
import TOML from '@iarna/toml'
import type { AST } from 'toml-eslint-parser'
import { errnoOf } from './errno.ts'

export type FileText =
  | { kind: 'ok'; text: string }
  | { kind: 'absent' }
  /** A folder, FIFO or device; too large; not permitted; not UTF-8. One clause for a person. */
  | { kind: 'refused'; why: string }

export type TomlText =
  | { kind: 'ok'; value: Record<string, unknown> }
  /** 1-based place of the fault. */
  | { kind: 'bad'; why: string; line: number; column: number }

/** What loading a config asks of the world. Synchronous: it is read before anything runs, and never blocks on a FIFO. */
export interface ConfigFiles {
  /** Home folder, for `~`. */
  home: string
  /** Opens without waiting and judges the descriptor, so a swapped file is read whole or refused. */
  readText(path: string, maxBytes: number): FileText
  /** The same judgement without reading; `text` is empty. */
  lookAt(path: string, maxBytes: number): FileText
  kindOf(path: string): 'file' | 'folder' | 'other' | 'absent'
  /** Canonical path; the path itself when there is nothing. */
  realPath(path: string): string
  parseToml(text: string): TomlText
  /** Syntax tree with places; loads its parser at the first call. Undefined when that parser refuses the text. */
  tomlTree(text: string): Promise<AST.TOMLProgram | undefined>
}

export function createConfigFiles(home: string = homedir()): ConfigFiles {
  return {
    home,
    readText: (path, maxBytes) => withFile(path, maxBytes, decode),
    lookAt: (path, maxBytes) => withFile(path, maxBytes, () => ({ kind: 'ok', text: '' })),
    kindOf,
    realPath,
    parseToml,
    tomlTree,
  }
}

function withFile(path: string, maxBytes: number, use: (fd: number, size: number) => FileText): FileText {
  const opened = open(path)
  if (typeof opened !== 'number') return opened
  try {
    const stats = fstatSync(opened)
    const fault = faultOf(stats, maxBytes)
    return fault === undefined ? use(opened, stats.size) : { kind: 'refused', why: fault }
  } catch (error) {
    return { kind: 'refused', why: `cannot be read (${errnoOf(error) ?? 'unknown error'})` }
  } finally {
    closeSync(opened)
  }
}

function open(path: string): number | FileText {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch (error) {
    const code = errnoOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' }
    return {
      kind: 'refused',
      why: code === 'EACCES' ? 'may not be read by you' : `cannot be opened (${code})`,
    }
  }
}

function faultOf(stats: Stats, maxBytes: number): string | undefined {
  if (stats.isDirectory()) return 'is a folder'
  if (!stats.isFile()) return stats.isFIFO() ? 'is a FIFO' : 'is not a regular file'
  if (stats.size > maxBytes) return `has ${stats.size} bytes; at most ${maxBytes} are read`
  return undefined
}

/** Reads what the descriptor had when it was judged; a file that grows meanwhile is cut there. */
function decode(fd: number, size: number): FileText {
  const bytes = Buffer.alloc(size)
  let length = 0
  while (length < size) {
    const got = readSync(fd, bytes, length, size - length, length)
    if (got === 0) break
    length += got
  }
  try {
    return { kind: 'ok', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length)) }
  } catch {
    return { kind: 'refused', why: 'is not UTF-8 text' }
  }
}

function kindOf(path: string): 'file' | 'folder' | 'other' | 'absent' {
  try {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats === undefined) return 'absent'
    return stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : 'other'
  } catch {
    return 'absent'
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function parseToml(text: string): TomlText {
  try {
    return { kind: 'ok', value: TOML.parse(text) as Record<string, unknown> }
  } catch (error) {
    const fault = error as { message?: string; line?: number; col?: number }
    const why = String(fault.message ?? error).split(/ at row |\n/)[0]!
    return { kind: 'bad', why, line: (fault.line ?? 0) + 1, column: (fault.col ?? 0) + 1 }
  }
}

/**
 * Loads what only a broken config needs. A watchdog does so at its start: by the time it is needed, an upgrade may have
 * taken the file away.
 */
export async function loadLocator(): Promise<void> {
  await import('toml-eslint-parser')
}

async function tomlTree(text: string): Promise<AST.TOMLProgram | undefined> {
  const { parseTOML } = await import('toml-eslint-parser')
  try {
    return parseTOML(text)
  } catch {
    return undefined
  }
}
