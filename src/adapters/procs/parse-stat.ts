import type { Proc } from './types.ts'

/** USER_HZ is 100 on every Linux that Node supports, whatever the kernel's own tick. */
const MS_PER_TICK = 10

/**
 * One line of `/proc/<pid>/stat`. The command stands in brackets and may itself hold blanks and brackets, so it ends
 * at the last bracket. undefined for text that is not such a line (proc(5)).
 */
export function parseStat(text: string): Proc | undefined {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open < 1 || close < open) return undefined
  // Fields from `state` (3) on: ppid 4, pgrp 5, session 6, utime 14, stime 15, starttime 22.
  const fields = text.slice(close + 2).split(' ', 20)
  const start = fields[19]
  if (start === undefined || !/^\d+/.test(start)) return undefined
  return {
    pid: Number(text.slice(0, open - 1)),
    start,
    ppid: Number(fields[1]),
    pgid: Number(fields[2]),
    sid: Number(fields[3]),
    state: fields[0]!,
    command: text.slice(open + 1, close),
    cpuMs: (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK,
  }
}
