import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { test as base } from 'vitest'

const run = promisify(execFile)

/** No configuration of the user or the machine reaches a repository of the tests. */
export const GIT_ENV: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
}

/** One working clone. */
export interface Clone {
  dir: string
  /** Runs git here; answers trimmed output. */
  git(...args: string[]): Promise<string>
  write(path: string, text: string | Uint8Array): Promise<void>
  /** Commits everything, also nothing; answers the hash. */
  commit(subject: string, files?: Record<string, string>): Promise<string>
  push(...args: string[]): Promise<void>
}

export interface RepoSandbox {
  root: string
  env: NodeJS.ProcessEnv
  /** A bare origin. */
  origin: string
  /** The first clone, with one commit on `main` that is pushed. */
  work: Clone
  clone(name: string): Promise<Clone>
  at(dir: string): Clone
  remove(): Promise<void>
}

/** A bare origin and a clone with an identity of their own, branch `main` by default, no background gc, in a short folder. */
export async function createRepo(options: { name?: string; branch?: string } = {}): Promise<RepoSandbox> {
  const root = await mkdtemp(join(tmpdir(), 'r-'))
  const home = join(root, options.name ?? 'h')
  await mkdir(home, { recursive: true })
  const branch = options.branch ?? 'main'
  const origin = join(home, 'o.git')
  await run('git', ['init', '-q', '--bare', '-b', branch, origin], { env: GIT_ENV })
  await quiet(origin)
  const clone = async (name: string): Promise<Clone> => {
    const dir = join(home, name)
    await run('git', ['clone', '-q', origin, dir], { env: GIT_ENV })
    await quiet(dir)
    return cloneAt(dir)
  }
  const work = await clone('w')
  await work.git('checkout', '-q', '-B', branch)
  await work.commit('begin', { 'README.md': 'begin\n' })
  await work.push('-u', 'origin', branch)
  await work.git('remote', 'set-head', 'origin', branch)
  const remove = () => rm(root, { recursive: true, force: true, maxRetries: 5 })
  return { root, env: GIT_ENV, origin, work, clone, at: cloneAt, remove }
}

async function quiet(dir: string): Promise<void> {
  for (const setting of ['gc.auto', 'maintenance.auto'])
    await run('git', ['-C', dir, 'config', setting, '0'], { env: GIT_ENV })
}

function cloneAt(dir: string): Clone {
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await run('git', ['-C', dir, ...args], { env: GIT_ENV, maxBuffer: 64 * 1024 * 1024 })
    return stdout.trim()
  }
  const write = async (path: string, text: string | Uint8Array): Promise<void> => {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), text)
  }
  const commit = async (subject: string, files: Record<string, string> = {}): Promise<string> => {
    for (const [path, text] of Object.entries(files)) await write(path, text)
    await git('add', '-A')
    await git('commit', '-q', '--allow-empty', '-m', subject)
    return git('rev-parse', 'HEAD')
  }
  const push = async (...args: string[]): Promise<void> => {
    await git('push', '-q', ...args)
  }
  return { dir, git, write, commit, push }
}

/** Commits by `fast-import`, thousands a second, on top of `branch` of a bare repository. */
export async function importCommits(
  bare: string,
  branch: string,
  count: number,
  subject: (n: number) => string,
): Promise<void> {
  const parent = (await cloneAt(bare).git('rev-parse', '--verify', '-q', `refs/heads/${branch}`)).trim()
  const parts: string[] = []
  for (let n = 0; n < count; n += 1) {
    const text = subject(n)
    parts.push(
      `commit refs/heads/${branch}\ncommitter Ada <ada@example.org> ${1_700_000_000 + n} +0000\n`,
      `data ${Buffer.byteLength(text)}\n${text}\n`,
      n === 0 ? `from ${parent}\n` : '',
      `M 644 inline n.txt\ndata ${`${n}`.length}\n${n}\n\n`,
    )
  }
  const child = run('git', ['-C', bare, 'fast-import', '--quiet', '--force'], { env: GIT_ENV })
  child.child.stdin!.end(parts.join(''))
  await child
}

/** `repo`: a sandbox that is gone after the test. */
export const test = base.extend<{ repo: RepoSandbox }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures needed from this pattern.
  repo: async ({}, use) => {
    const repo = await createRepo()
    await use(repo)
    await repo.remove()
  },
})
