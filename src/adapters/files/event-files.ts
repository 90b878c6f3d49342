import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { unless } from './errno.ts'
import { decodeLine, type Head, isIntact, type Line } from './event-chain.ts'
import { linesBackward } from './lines.ts'

/** Paths of the log, newest first: `events.jsonl`, `events.1.jsonl`, … */
export function eventPaths(logDir: string, keep: number): string[] {
  const older = Array.from({ length: keep }, (_, index) => join(logDir, `events.${index + 1}.jsonl`))
  return [join(logDir, 'events.jsonl'), ...older]
}

/** All lines, newest first, over all files. */
export async function* eventsBackward(paths: readonly string[]): AsyncGenerator<Line> {
  for (const path of paths) {
    for await (const text of linesBackward(path)) if (text !== '') yield decodeLine(text)
  }
}

/** Where the chain ends on the disk; undefined when no event is there. */
export async function lastHead(paths: readonly string[]): Promise<Head | undefined> {
  for await (const line of eventsBackward(paths)) {
    if (line.kind === 'event' && isIntact(line)) return { seq: line.event.seq, hash: line.hash }
  }
  return undefined
}

/** Tells whether a file is still the one that was looked at: a change of either means it was written or replaced. */
export async function fileMark(path: string): Promise<{ ino: number; size: number } | undefined> {
  const seen = await unless(['ENOENT', 'ENOTDIR'], () => stat(path))
  return seen === undefined ? undefined : { ino: seen.ino, size: seen.size }
}
