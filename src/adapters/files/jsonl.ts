import { constants, type FSWatcher, watch } from 'node:fs'
import { open, readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

const LONGEST_FIRST_LINE = 256 * 1024

export interface LogFile {
  path: string
  /** Epoch milliseconds. */
  modifiedAt: number
}

/** One line of a JSONL file, decoded. */
export type LogRecord = { kind: 'value'; value: unknown } | { kind: 'broken' }

/** Conversation logs of agent CLIs: found, read by line, followed. Nothing is ever written. */
export interface TranscriptFiles {
  /** Regular files in `folder` whose name ends with `suffix`, newest first; `depth` folders below it are searched, too. */
  newest(folder: string, suffix: string, depth: number): Promise<LogFile[]>
  /** The record in the first line, looked for in the first 256 KiB; undefined when there is none. */
  firstRecord(path: string): Promise<unknown>
  /** The records of all complete lines after `from`, and the offset to go on from; undefined: no such file. */
  records(path: string, from: number): Promise<{ records: LogRecord[]; next: number } | undefined>
  /** A text of at most 4 KiB, trimmed; undefined when unreadable. */
  shortText(path: string): Promise<string | undefined>
  /** The path with links resolved, or as it is when that fails. */
  canonical(path: string): Promise<string>
  /** Calls `changed` when the file may have grown, until aborted. */
  follow(path: string, changed: () => Promise<void>, signal: AbortSignal): Promise<void>
}

export function createTranscriptFiles(): TranscriptFiles {
  return { newest, firstRecord, records, shortText, canonical, follow }
}

async function newest(folder: string, suffix: string, depth: number): Promise<LogFile[]> {
  const found = await collect(folder, suffix, depth)
  return found.sort((a, b) => b.modifiedAt - a.modifiedAt)
}

async function collect(folder: string, suffix: string, depth: number): Promise<LogFile[]> {
  const entries = await orElse(() => readdir(folder, { withFileTypes: true }), [])
  const deeper = entries.filter((entry) => entry.isDirectory() && depth > 0)
  const below = await Promise.all(deeper.map((entry) => collect(join(folder, entry.name), suffix, depth - 1)))
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
  const here = await Promise.all(
    files.map(async (entry) => {
      const path = join(folder, entry.name)
      const modifiedAt = await orElse(async () => (await stat(path)).mtimeMs, 0)
      return { path, modifiedAt }
    }),
  )
  return [...here, ...below.flat()]
}

async function firstRecord(path: string): Promise<unknown> {
  const head = await orElse(() => readFrom(path, 0, LONGEST_FIRST_LINE), undefined)
  const record = decode(head?.toString('utf8').split('\n', 1)[0] ?? '')
  return record.kind === 'value' ? record.value : undefined
}

async function records(
  path: string,
  from: number,
): Promise<{ records: LogRecord[]; next: number } | undefined> {
  const bytes = await orElse(() => readFrom(path, from, Number.POSITIVE_INFINITY), undefined)
  if (bytes === undefined) return undefined
  const end = bytes.lastIndexOf(0x0a) + 1
  const lines = bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1)
  return { records: lines.filter((line) => line.trim() !== '').map(decode), next: from + end }
}

function decode(line: string): LogRecord {
  try {
    return { kind: 'value', value: JSON.parse(line) }
  } catch {
    return { kind: 'broken' }
  }
}

function shortText(path: string): Promise<string | undefined> {
  return orElse(async () => (await readFrom(path, 0, 4096))?.toString('utf8').trim(), undefined)
}

function canonical(path: string): Promise<string> {
  return orElse(() => realpath(path), path)
}

/** A shorter file than `from` was replaced: nothing new is claimed of it. */
async function readFrom(path: string, from: number, most: number): Promise<Buffer | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const found = await file.stat()
    if (!found.isFile()) return undefined
    const length = Math.max(0, Math.min(most, found.size - from))
    const buffer = Buffer.alloc(length)
    const { bytesRead } = await file.read(buffer, 0, length, from)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Watches the folder, since the file may be replaced; looks once a second besides, for file systems without events. */
async function follow(path: string, changed: () => Promise<void>, signal: AbortSignal): Promise<void> {
  let turn = Promise.resolve()
  const look = () => {
    turn = turn.then(changed)
  }
  const watcher = tryWatch(dirname(path), (name) => {
    if (name === null || name === basename(path)) look()
  })
  const timer = setInterval(look, 1000)
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  clearInterval(timer)
  watcher?.close()
  await turn
}

function tryWatch(folder: string, heard: (name: string | null) => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, (_event, name) => heard(name))
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}

async function orElse<T, U>(ask: () => Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await ask()
  } catch {
    return otherwise
  }
}
