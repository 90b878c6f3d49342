/** What is at a path; links are not followed. */
export interface PathSight {
  kind: 'file' | 'folder' | 'socket' | 'link' | 'other'
  /** Permission bits, e.g. `0o600`. */
  mode: number
  uid: number
  size: number
  /** Epoch milliseconds. */
  modifiedAt: number
}

/** Outcome of a short program; `status` undefined: not found, killed, or past its deadline. */
export interface Ran {
  status: number | undefined
  stdout: string
  stderr: string
}

/** A program that goes on while we look. */
export interface Child {
  pid: number | undefined
  /** Everything it has printed so far, both streams, at most the last 64 KiB. */
  output(): string
  exited: Promise<number | undefined>
  kill(signal: NodeJS.Signals): void
}

/** This machine, as `init`, `doctor` and `selftest` need it. Nothing here throws for what the machine is like. */
export interface Host {
  platform: NodeJS.Platform
  uid: number
  /** Absolute path of a command on PATH. */
  which(command: string): string | undefined
  run(
    argv: readonly string[],
    opts?: { env?: NodeJS.ProcessEnv; cwd?: string; timeoutMs?: number },
  ): Promise<Ran>
  start(argv: readonly string[], opts: { env: NodeJS.ProcessEnv; cwd: string }): Child
  look(path: string): Promise<PathSight | undefined>
  /** Names in a folder, sorted; empty when it cannot be read. */
  list(folder: string): Promise<string[]>
  /** At most 4 MiB of a regular file; undefined when it is none or cannot be read. */
  readText(path: string): Promise<string | undefined>
  /** Creates the file with its folders, never overwrites. `private`: for our eyes only, 0600 in folders 0700. */
  writeNew(
    path: string,
    text: string,
    options?: { private?: boolean },
  ): Promise<{ kind: 'written' } | { kind: 'exists' } | { kind: 'failed'; why: string }>
  /** Puts a file in place of another, or where there is none, whole or not at all; makes its folders. */
  replace(path: string, text: string): Promise<{ kind: 'written' } | { kind: 'failed'; why: string }>
  append(path: string, text: string): Promise<boolean>
  makeFolder(path: string): Promise<boolean>
  chmod(path: string, mode: number): Promise<boolean>
  remove(path: string): Promise<boolean>
  /** Bytes that we may still write, and the whole size of the file system. */
  disk(path: string): Promise<{ freeBytes: number; totalBytes: number } | undefined>
  /** Temporary files of atomic writes whose writer is gone. */
  strayTemps(folder: string): Promise<string[]>
  processAlive(pid: number): boolean
  /** Whether something answers at a unix socket. */
  knock(path: string): Promise<'answers' | 'silent' | 'absent'>
  /** A new private folder with a short path; its caller removes it. */
  tempFolder(): Promise<string>
  removeTree(path: string): Promise<void>
}
