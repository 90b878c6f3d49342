import type { Loaded, StateStore } from '../adapters/files/types.ts'
import type { Commit, Git } from '../adapters/git/types.ts'

/** An in-memory repository of plain history: enough to push, rebase and force-push thousands of times a second. */
export function createModelRepo() {
  const commits = new Map<string, Commit & { parent: string | undefined }>()
  let made = 0
  let tip = add(undefined, 'begin')
  let pin: string | undefined

  function add(parent: string | undefined, subject: string, fingerprint = `print-${made}`): string {
    made += 1
    const hash = made.toString(16).padStart(40, '0')
    commits.set(hash, { hash, subject, author: 'Ada', fingerprint, parent })
    return hash
  }

  /** Newest first. */
  function line(from: string): (Commit & { parent: string | undefined })[] {
    const found: (Commit & { parent: string | undefined })[] = []
    for (let at: string | undefined = from; at !== undefined; at = commits.get(at)!.parent)
      found.push(commits.get(at)!)
    return found
  }

  const git: Git = {
    trackedBranch: async () => ({ kind: 'ok', value: 'main' }),
    fetch: async () => ({ kind: 'ok', value: tip }),
    async commitsBetween(_, from, to, limit) {
      if (!commits.has(from) || !commits.has(to))
        return { kind: 'broken', code: 'missing-object', why: 'gone', fix: '' }
      const known = new Set(line(from).map((one) => one.hash))
      const found = line(to).filter((one) => !known.has(one.hash))
      return { kind: 'ok', value: { commits: found.slice(0, limit).reverse(), total: found.length } }
    },
    recent: async (_, to, limit) => ({ kind: 'ok', value: line(to).slice(0, limit).reverse() }),
    touchedBetween: async () => ({ kind: 'ok', value: false }),
    async pin(_, __, ___, hash) {
      pin = hash
      return { kind: 'ok', value: undefined }
    },
    pinned: async () => ({ kind: 'ok', value: pin }),
    show: async () => ({ kind: 'ok', value: undefined }),
    refFolders: async () => ['/r/refs'],
    close: async () => undefined,
  }

  return {
    git,
    tip: () => tip,
    line,
    push(subject: string) {
      tip = add(tip, subject)
    },
    /** Takes the newest `count` commits off and puts copies of them on another base. */
    rebase(count: number) {
      const moved = line(tip).slice(0, Math.min(count, line(tip).length - 1))
      let at = add(moved.at(-1)?.parent ?? tip, 'base')
      for (const one of moved.reverse()) at = add(at, one.subject, one.fingerprint)
      tip = at
    },
    drop(count: number) {
      const all = line(tip)
      tip = all[Math.min(count, all.length - 1)]!.hash
    },
    /** The very commits come back. */
    restore(hash: string) {
      tip = hash
    },
    lose(hash: string) {
      commits.delete(hash)
    },
  }
}

/** A store in memory. Records are copied, as a file would. */
export function createMemoryStore(): StateStore & { files: Map<string, string> } {
  const files = new Map<string, string>()
  return {
    files,
    async load<T>(name: string, check: (value: unknown) => T | undefined): Promise<Loaded<T>> {
      const text = files.get(name)
      if (text === undefined) return { kind: 'absent' }
      const value = text.startsWith('{') ? check(JSON.parse(text)) : undefined
      return value === undefined
        ? { kind: 'corrupt', why: 'damaged' }
        : { kind: 'ok', value, generation: 'current' }
    },
    async save(name, value) {
      files.set(name, JSON.stringify(value))
    },
    async saveText(path, text) {
      files.set(path, text)
    },
    async saveProgram(path, text) {
      files.set(path, text)
    },
    async loadText(path) {
      const text = files.get(path)
      return text === undefined ? { kind: 'absent' } : { kind: 'ok', text }
    },
    remove: async (path) => files.delete(path),
    sweep: async () => 0,
  }
}
