import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { shellQuote } from '../../core/quote.ts'
import { unless } from '../files/errno.ts'
import { rotateFile } from '../files/rotate.ts'
import { filesOf, type PrivatePlace } from './server-config.ts'

export interface Failure {
  why: string
  fix: string
}

/** What is read of it for a reason. */
const MOST_BYTES = 64 * 1024
const MOST_LOG_BYTES = 1024 * 1024

/** The newest lines of its log: from `offset` on, or else of its last start. */
export async function logSince(place: PrivatePlace, offset: number | undefined): Promise<string[]> {
  const handle = await unless(['ENOENT'], () => open(filesOf(place).log, 'r'))
  if (handle === undefined) return []
  try {
    const { size } = await handle.stat()
    const from = Math.max(Math.min(offset ?? 0, size), size - MOST_BYTES)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from)
    const lines = buffer.subarray(0, bytesRead).toString('utf8').split('\n')
    return offset === undefined ? lines.slice(lines.findLastIndex((line) => STARTS.test(line)) + 1) : lines
  } finally {
    await handle.close()
  }
}

const STARTS = /oO0OoO0OoO0Oo \w+ is starting/

/** Puts a large log away. Redis opens it anew for each line, so that it may be renamed at any time. */
export async function capLog(
  place: PrivatePlace,
  locked: (body: () => Promise<void>) => Promise<void>,
): Promise<void> {
  if ((await logSize(place)) > MOST_LOG_BYTES) await locked(() => rotateLog(place))
}

/** Under the lock. */
export async function rotateLog(place: PrivatePlace): Promise<void> {
  if ((await logSize(place)) > MOST_LOG_BYTES) await rotateFile(filesOf(place).log, 1)
}

export async function logSize(place: PrivatePlace): Promise<number> {
  return (await unless(['ENOENT'], () => stat(filesOf(place).log)))?.size ?? 0
}

/** What a start found in the data that people should know; undefined: nothing. */
export function noteOf(lines: readonly string[]): string | undefined {
  if (
    !lines.some((line) =>
      /short read while loading the AOF|loaded anyway because aof-load-truncated/i.test(line),
    )
  )
    return undefined
  return 'the end of its append-only file was cut off by a crash or a full disk; what was written in the last moments before that is lost'
}

/**
 * Why a server ended as it started, from its log.
 * @param check the program that mends append-only files: `redis-check-aof`
 */
export function failureOf(lines: readonly string[], place: PrivatePlace, check: string): Failure {
  const mended = lines.find((line) => CAN_BE_MENDED.test(line))
  if (mended !== undefined) {
    const { appendOnly } = filesOf(place)
    const copy = `cp -a ${shellQuote(appendOnly)} ${shellQuote(`${appendOnly}.damaged`)}`
    return {
      why: `its append-only file is damaged: ${plain(mended)}`,
      fix: `Keep a copy and mend it; what stands after the damage is lost:\n  ${copy}\n  ${check} --fix ${shellQuote(damagedFile(place, mended))}`,
    }
  }
  if (lines.some((line) => /Can't handle RDB format version/i.test(line)))
    return {
      why: 'its data was written by a later version of it',
      fix: 'Install that version, or a later one, again: the data is as it was.',
    }
  const lost = lines.find((line) => DAMAGED.test(line))
  if (lost !== undefined) return { why: `its data is damaged: ${plain(lost)}`, fix: startEmpty(place) }
  const last =
    lines.findLast((line) => / # |fatal|error|can't|failed/i.test(line)) ??
    lines.findLast((line) => line.trim() !== '')
  const why = last === undefined ? 'it ended without a word' : `it says: ${plain(last)}`
  return { why, fix: `See its log: ${filesOf(place).log}` }
}

/**
 * The file that the line names: of the manifest the checker mends the last file only, and Valkey's does not know the
 * head of its own first one.
 */
function damagedFile(place: PrivatePlace, line: string): string {
  const { appendOnly, manifest } = filesOf(place)
  const name = /append only file ([\w.-]+\.aof)\b/i.exec(line)?.[1]
  return name === undefined ? manifest : join(appendOnly, name)
}

/** Its data is put aside, never deleted. */
export function startEmpty(place: PrivatePlace): string {
  const { appendOnly } = filesOf(place)
  const aside = `mv ${shellQuote(appendOnly)} ${shellQuote(`${appendOnly}.damaged`)}`
  return `Put a good copy in its place, or keep it aside and start with an empty one:\n  ${aside}`
}

const CAN_BE_MENDED =
  /(Bad file format|Unexpected end of file|Unrecoverable error) reading the append only file (?!\S+\.base\.)/i
const DAMAGED =
  /reading the append only file|loading DB\. Unrecoverable|error in RDB reading|Wrong signature|RDB version|rdb file|AOF MANIFEST|Unable to obtain the AOF file|AOF .*doesn't exist/i

/** Without pid, date and level. */
function plain(line: string): string {
  return line.replace(/^\d+:[A-Z] \d+ \w+ \d+ [\d:.]+ [.\-*#] /, '').trim()
}
