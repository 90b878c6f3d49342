/** What is known of a file without opening it. */
export interface FileMark {
  path: string
  size: number
  /** Epoch milliseconds. */
  modifiedAt: number
  /** Epoch milliseconds; where the file system does not tell, the last change. */
  bornAt: number
  inode: number
}

/** Whole lines that were read, and where to go on. */
export interface Appended {
  lines: string[]
  /** The JSON object of each line; undefined for what is none, such as half a line at the start. */
  records: unknown[]
  /** Offset after the last whole line. */
  next: number
}

/**
 * The files that agent CLIs keep about themselves. Somebody else's program writes them and may change, cut, rotate or
 * remove them at any time: nothing here throws, absence is `undefined` or an empty list, every read has a bound, and
 * nothing is ever written. Links are followed (people keep their homes in strange places), FIFOs are not waited for.
 */
export interface ConversationFiles {
  mark(path: string): Promise<FileMark | undefined>
  /** The whole lines between `from` and the file's end, at most `most` bytes; a line longer than that is skipped. */
  appended(path: string, from: number, most: number): Promise<Appended | undefined>
  /** A small JSON file as a value; undefined when it is larger than 256 KiB, half written or not JSON. */
  json(path: string): Promise<unknown>
  /** Regular files of a folder, at most 4,096, newest first; `depth` levels of folders below it are searched too. */
  list(folder: string, options?: { suffix?: string; depth?: number }): Promise<FileMark[]>
  /** Names of the folders in a folder. */
  folders(folder: string): Promise<string[]>
  /** These variables of a process's environment as it was started with; undefined where that cannot be read. */
  environ(pid: number, names: readonly string[]): Promise<Record<string, string> | undefined>
  /** Paths that a process holds open; empty where that cannot be read. */
  openPaths(pid: number): Promise<string[]>
  /** The path with links resolved, or as it is when that fails. */
  canonical(path: string): Promise<string>
  /** A short text, at most `most` bytes. */
  text(path: string, most: number): Promise<string | undefined>
}
