import type { Proc } from './types.ts'

/** Columns asked of `ps`; `lstart` is five words, `comm` comes last because it may hold blanks. */
export const PS_COLUMNS = 'pid=,ppid=,pgid=,sess=,stat=,lstart=,time=,comm='

const LINE =
  /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d{4})\s+([\d:.-]+)\s+(.*)$/

/** Output of `ps -axo PS_COLUMNS` under LC_ALL=C. Lines that are not processes are left out. */
export function parsePs(text: string): Proc[] {
  return text.split('\n').flatMap((line) => {
    const proc = parseLine(line)
    return proc === undefined ? [] : [proc]
  })
}

function parseLine(line: string): Proc | undefined {
  const found = LINE.exec(line)
  if (found === null) return undefined
  const [, pid, ppid, pgid, sess, stat, lstart, time, comm] = found as unknown as string[]
  return {
    pid: Number(pid),
    start: lstart!.replace(/\s+/g, ' '),
    ppid: Number(ppid),
    pgid: Number(pgid),
    // macOS prints a kernel address or 0 instead of the session id; the group is the nearest thing to it.
    sid: /^[1-9]\d*$/.test(sess!) ? Number(sess) : Number(pgid),
    state: stat!.charAt(0),
    command: comm!.slice(comm!.lastIndexOf('/') + 1),
    cpuMs: parseCpuTime(time!),
  }
}

/** `[[dd-]hh:]mm:ss[.cc]` to milliseconds. */
export function parseCpuTime(text: string): number {
  const [days, clock] = text.includes('-') ? text.split('-', 2) : ['0', text]
  const seconds = clock!.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  return Math.round((Number(days) * 86_400 + seconds) * 1000)
}

/**
 * Output of `ps -axEwwo pid=,command=`, which prints the environment behind the arguments where macOS allows it:
 * pid to the value of `AGENTS_RUN`.
 */
export function parsePsRuns(text: string): Map<number, string> {
  const runs = new Map<number, string>()
  for (const line of text.split('\n')) {
    const found = /^\s*(\d+)\s.*?\sAGENTS_RUN=(\S+)/.exec(line)
    if (found !== null) runs.set(Number(found[1]), found[2]!)
  }
  return runs
}
