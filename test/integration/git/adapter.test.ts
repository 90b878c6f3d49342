import { chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, expect } from 'vitest'
import { createGit, type Git, type GitOutcome } from '../../../src/adapters/git/index.ts'
import { test as base, createRepo, importCommits, type RepoSandbox } from '../../support/repo.ts'

const test = base.extend<{ git: Git }>({
  git: async ({ repo }, use) => {
    const git = createGit({ env: repo.env })
    await use(git)
    await git.close()
  },
})

function value<T>(outcome: GitOutcome<T>): T {
  if (outcome.kind !== 'ok') throw new Error(JSON.stringify(outcome))
  return outcome.value
}

const subjects = async (git: Git, dir: string, from: string, to: string, limit = 100) =>
  value(await git.commitsBetween(dir, from, to, limit)).commits.map((one) => one.subject)

/** Processes whose command line holds `text`, from outside. */
async function processesWith(text: string): Promise<string[]> {
  const found: string[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (line.includes(text) && Number(pid) !== process.pid) found.push(line)
  }
  return found
}

async function script(repo: RepoSandbox, name: string, body: string): Promise<string> {
  const path = join(repo.root, name)
  await writeFile(path, `#!/bin/sh\n${body}\n`)
  await chmod(path, 0o755)
  return path
}

describe('fetching', () => {
  test('touches only its own ref', async ({ repo, git }) => {
    const other = await repo.clone('b')
    const before = await repo.work.git('rev-parse', 'HEAD')
    const pushed = await other.commit('claim: one')
    await other.git('tag', 'v1')
    await other.push('origin', 'main', 'v1')
    expect(value(await git.fetch(repo.work.dir, 'origin', 'main'))).toBe(pushed)
    expect(await repo.work.git('rev-parse', 'refs/remotes/origin/main')).toBe(before)
    expect(await repo.work.git('tag')).toBe('')
    expect(await readdir(join(repo.work.dir, '.git'))).not.toContain('FETCH_HEAD')
    expect(await repo.work.git('rev-parse', 'refs/agents/origin/main')).toBe(pushed)
  })

  test('goes on beside fetches of an agent in the same clone', async ({ repo, git }) => {
    const other = await repo.clone('b')
    for (let n = 0; n < 5; n += 1) {
      const tip = await other.commit(`claim: ${n}`)
      await other.push('origin', 'main')
      const [ours] = await Promise.all([
        git.fetch(repo.work.dir, 'origin', 'main'),
        repo.work.git('fetch', '-q', 'origin'),
      ])
      expect(ours).toEqual({ kind: 'ok', value: tip })
    }
  })

  test('runs no hook and no command from a path, blanks, quotes and all', async () => {
    const repo = await createRepo({ name: `q'u"o $(touch pwned) \`x\`` })
    const git = createGit({ env: repo.env })
    const other = await repo.clone('b')
    const tip = await other.commit('claim: one')
    await other.push('origin', 'main')
    const hooks = ['reference-transaction', 'post-checkout', 'post-merge', 'post-index-change', 'pre-auto-gc']
    for (const hook of hooks) {
      const path = join(repo.work.dir, '.git', 'hooks', hook)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, `#!/bin/sh\ntouch "$(dirname "$0")/../ran-${hook}"\n`, { mode: 0o755 })
    }
    const ran = async () =>
      (await readdir(join(repo.work.dir, '.git'))).filter((name) => name.startsWith('ran-'))
    expect(value(await git.trackedBranch(repo.work.dir, 'origin', undefined))).toBe('main')
    expect(value(await git.fetch(repo.work.dir, 'origin', 'main'))).toBe(tip)
    expect(await git.refFolders(repo.work.dir, 'origin')).toContain(join(repo.origin, 'refs', 'heads'))
    await git.close()
    expect(await readdir(repo.root)).toHaveLength(1)
    expect(await ran()).toEqual([])
    // A fetch by hand runs one of them: they are in the right place.
    await repo.work.git('fetch', 'origin')
    expect(await ran()).toEqual(['ran-reference-transaction'])
    await repo.remove()
  })

  test('takes no option from a name', async ({ repo, git }) => {
    const marker = join(repo.root, 'marker')
    const evil = `--upload-pack=touch ${marker}`
    for (const outcome of [
      await git.fetch(repo.work.dir, evil, 'main'),
      await git.fetch(repo.work.dir, 'origin', evil),
      await git.trackedBranch(repo.work.dir, 'origin', `--output=${marker}`),
      await git.commitsBetween(repo.work.dir, `--output=${marker}`, 'a'.repeat(40), 5),
    ])
      expect(outcome.kind).toBe('broken')
    expect(await git.show(repo.work.dir, `--output=${marker}`, 'x')).toEqual({ kind: 'ok', value: undefined })
    expect(await readdir(repo.root)).toEqual(['h'])
  })

  test('runs no ext transport', async ({ repo, git }) => {
    const marker = join(repo.root, 'marker')
    await repo.work.git('remote', 'set-url', 'origin', `ext::sh -c touch% ${marker}`)
    const outcome = await git.fetch(repo.work.dir, 'origin', 'main')
    expect(outcome).toMatchObject({ kind: 'broken', code: 'config' })
    expect(await readdir(repo.root)).toEqual(['h'])
  })
})

describe('faults', () => {
  test('a remote that is down is worth another try (row 80)', async ({ repo, git }) => {
    await rm(repo.origin, { recursive: true })
    expect((await git.fetch(repo.work.dir, 'origin', 'main')).kind).toBe('retry')
    await repo.work.git('remote', 'set-url', 'origin', 'http://127.0.0.1:1/x.git')
    expect((await git.fetch(repo.work.dir, 'origin', 'main')).kind).toBe('retry')
  })

  test('a fetch that hangs is cut at the deadline and leaves no process (row 81)', async ({ repo }) => {
    const mark = `hang-${process.pid}-${Date.now()}`
    const hang = await script(
      repo,
      mark,
      `trap '' TERM\n(trap '' TERM; sleep 9.87654) &\nsleep 9.87654; true ${mark}`,
    )
    await repo.work.git('config', 'core.sshCommand', hang)
    await repo.work.git('remote', 'set-url', 'origin', 'ssh://nowhere/x.git')
    const git = createGit({ env: repo.env, deadlineMs: 400 })
    const began = Date.now()
    const outcome = await git.fetch(repo.work.dir, 'origin', 'main')
    expect(outcome).toMatchObject({ kind: 'retry', why: expect.stringContaining('in time') })
    expect(Date.now() - began).toBeLessThan(2500)
    await expect.poll(() => processesWith(mark)).toEqual([])
    expect(await processesWith('9.87654')).toEqual([])
    await git.close()
  })

  test('closing ends what hangs', async ({ repo }) => {
    const hang = await script(repo, 'up', 'sleep 8.7654')
    await repo.work.git('config', 'remote.origin.uploadpack', hang)
    const git = createGit({ env: repo.env })
    const fetching = git.fetch(repo.work.dir, 'origin', 'main')
    await expect.poll(() => processesWith('8.7654')).not.toEqual([])
    await git.close()
    expect((await fetching).kind).toBe('retry')
    await expect.poll(() => processesWith('8.7654')).toEqual([])
  })

  test('a login that nobody can type fails at once, whatever helper the user has (row 82)', async ({
    repo,
  }) => {
    const server = createServer((_, answer) => {
      answer.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const gui = await script(repo, 'gui', 'sleep 7.6543')
    await repo.work.git('config', 'core.askPass', gui)
    await repo.work.git(
      'remote',
      'set-url',
      'origin',
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.git`,
    )
    const git = createGit({ env: { ...repo.env, GIT_ASKPASS: gui, SSH_ASKPASS: gui } })
    const began = Date.now()
    const outcome = await git.fetch(repo.work.dir, 'origin', 'main')
    expect(outcome).toMatchObject({
      kind: 'broken',
      code: 'auth',
      fix: expect.stringContaining('credential'),
    })
    expect(Date.now() - began).toBeLessThan(1500)
    await git.close()
    server.close()
  })

  test('says what is missing and what to write (row 86)', async ({ repo, git }) => {
    const bare = join(repo.root, 'none')
    await mkdir(bare)
    expect(await git.fetch(bare, 'origin', 'main')).toMatchObject({ kind: 'broken', code: 'no-repo' })
    expect(await git.fetch(join(repo.root, 'gone'), 'origin', 'main')).toMatchObject({ code: 'no-repo' })
    expect(await git.fetch(repo.work.dir, 'upstream', 'main')).toMatchObject({
      kind: 'broken',
      code: 'no-remote',
    })
    expect(await git.fetch(repo.work.dir, 'origin', 'nope')).toMatchObject({
      kind: 'broken',
      code: 'no-branch',
    })
    const without = createGit({ env: { ...repo.env, PATH: bare } })
    expect(await without.fetch(repo.work.dir, 'origin', 'main')).toMatchObject({ code: 'no-git' })
    await without.close()
  })

  test('an empty remote is reported until its first commit (row 86)', async ({ repo, git }) => {
    const origin = join(repo.root, 'e.git')
    await repo.work.git('init', '-q', '--bare', '-b', 'trunk', origin)
    await repo.work.git('remote', 'add', 'empty', origin)
    expect(await git.trackedBranch(repo.work.dir, 'empty', undefined)).toMatchObject({ code: 'no-branch' })
    await repo.work.push('empty', 'main:trunk')
    expect(value(await git.trackedBranch(repo.work.dir, 'empty', undefined))).toBe('trunk')
  })

  test('a stale index.lock is no business of ours; a stale lock of our ref is named and left (row 87)', async ({
    repo,
    git,
  }) => {
    await repo.work.write('.git/index.lock', '')
    expect((await git.fetch(repo.work.dir, 'origin', 'main')).kind).toBe('ok')
    await repo.work.write('.git/refs/agents/cursor/origin/main.lock', '')
    const tip = await repo.work.git('rev-parse', 'HEAD')
    const outcome = await git.pin(repo.work.dir, 'origin', 'main', tip)
    expect(outcome).toMatchObject({ kind: 'retry', why: expect.stringContaining('main.lock') })
    expect(await readdir(join(repo.work.dir, '.git'))).toContain('index.lock')
  })

  test('a corrupt object is reported as damage (row 87)', async ({ repo, git }) => {
    const first = await repo.work.git('rev-parse', 'HEAD')
    const second = await repo.work.commit('claim: x', { 'a.txt': 'a' })
    const path = join(repo.work.dir, '.git/objects', second.slice(0, 2), second.slice(2))
    await chmod(path, 0o644)
    await writeFile(path, 'rubbish')
    expect(await git.commitsBetween(repo.work.dir, first, second, 9)).toMatchObject({ kind: 'broken' })
  })
})

describe('the tracked branch', () => {
  test('is the remote HEAD, whatever its name, also when the remote is down later', async () => {
    const repo = await createRepo({ branch: 'release/næxt' })
    const git = createGit({ env: repo.env })
    expect(value(await git.trackedBranch(repo.work.dir, 'origin', undefined))).toBe('release/næxt')
    await rm(repo.origin, { recursive: true })
    const later = createGit({ env: repo.env })
    expect(value(await later.trackedBranch(repo.work.dir, 'origin', undefined))).toBe('release/næxt')
    await Promise.all([git.close(), later.close(), repo.remove()])
  })

  test('is main or master of a remote whose HEAD is detached', async ({ repo, git }) => {
    const tip = await repo.work.git('rev-parse', 'HEAD')
    await repo.at(repo.origin).git('update-ref', '--no-deref', 'HEAD', tip)
    expect(value(await git.trackedBranch(repo.work.dir, 'origin', undefined))).toBe('main')
  })

  test('is found from a detached HEAD, a linked worktree, a folder inside, and a shallow clone', async ({
    repo,
    git,
  }) => {
    const base = await repo.work.commit('two', { 'sub/STATUS.md': 'inner\n', 'STATUS.md': 'outer\n' })
    await repo.work.push('origin', 'main')
    await repo.work.git('checkout', '-q', '--detach')
    const tree = join(repo.root, 'tree')
    await repo.work.git('worktree', 'add', '-q', tree, 'HEAD~1')
    const shallow = join(repo.root, 'shallow')
    await repo.work.git('clone', '-q', '--depth=1', `file://${repo.origin}`, shallow)
    const other = await repo.clone('b')
    await other.commit('claim: one')
    const tip = await other.commit('claim: two')
    await other.push('origin', 'main')
    for (const dir of [repo.work.dir, tree, shallow, join(repo.work.dir, 'sub')]) {
      expect(value(await git.trackedBranch(dir, 'origin', undefined))).toBe('main')
      expect(value(await git.fetch(dir, 'origin', 'main'))).toBe(tip)
      expect(await subjects(git, dir, base, tip)).toEqual(['claim: one', 'claim: two'])
    }
    expect(value(await git.show(join(repo.work.dir, 'sub'), tip, 'STATUS.md'))).toBe('inner\n')
    expect(value(await git.show(join(repo.work.dir, 'sub'), tip, 'README.md'))).toBe('begin\n')
  })

  test('of a submodule is its own', async ({ repo, git }) => {
    const outer = await createRepo()
    await outer.work.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', repo.origin, 'mod')
    const dir = join(outer.work.dir, 'mod')
    const tip = await repo.work.commit('claim: sub')
    await repo.work.push('origin', 'main')
    expect(value(await git.fetch(dir, 'origin', 'main'))).toBe(tip)
    expect(await git.refFolders(dir, 'origin')).toContain(
      join(outer.work.dir, '.git/modules/mod/refs/remotes'),
    )
    await outer.remove()
  })
})

describe('reading commits', () => {
  test('oldest first, the newest of too many, with the full count (row 85)', async ({ repo, git }) => {
    const from = await repo.work.git('rev-parse', 'HEAD')
    await importCommits(repo.origin, 'main', 10_000, (n) => `claim: ${n}`)
    const tip = value(await git.fetch(repo.work.dir, 'origin', 'main'))
    const read = value(await git.commitsBetween(repo.work.dir, from, tip, 500))
    expect(read.total).toBe(10_000)
    expect(read.commits).toHaveLength(500)
    expect(read.commits.at(0)!.subject).toBe('claim: 9500')
    expect(read.commits.at(-1)).toMatchObject({ subject: 'claim: 9999', hash: tip })
  })

  test('with a fingerprint that a rebase keeps and an amended patch changes', async ({ repo, git }) => {
    const from = await repo.work.git('rev-parse', 'HEAD')
    const claim = await repo.work.commit('claim: x', { 'a.txt': 'one\n' })
    await repo.work.git('checkout', '-q', '-b', 'side', from)
    const base = await repo.work.commit('other', { 'b.txt': 'b\n' })
    await repo.work.git('cherry-pick', claim)
    const copy = await repo.work.git('rev-parse', 'HEAD')
    await repo.work.write('a.txt', 'two\n')
    await repo.work.git('commit', '-q', '-a', '--amend', '--no-edit')
    const amended = await repo.work.git('rev-parse', 'HEAD')
    const print = async (start: string, tip: string) =>
      value(await git.commitsBetween(repo.work.dir, start, tip, 5)).commits.at(-1)!.fingerprint
    expect(copy).not.toBe(claim)
    expect(await print(base, copy)).toBe(await print(from, claim))
    expect(await print(base, amended)).not.toBe(await print(from, claim))
  })

  test('whose subjects and files are not UTF-8', async ({ repo, git }) => {
    const from = await repo.work.git('rev-parse', 'HEAD')
    await repo.work.write('msg', Buffer.from([0x63, 0x6c, 0x61, 0x69, 0x6d, 0x3a, 0x20, 0xff, 0xfe, 0x1b]))
    await repo.work.write('STATUS.md', Buffer.from([0xff, 0x41]))
    await repo.work.git('add', 'STATUS.md')
    await repo.work.git('commit', '-q', '-F', 'msg')
    const tip = await repo.work.git('rev-parse', 'HEAD')
    const read = await subjects(git, repo.work.dir, from, tip)
    expect(read[0]).toMatch(/^claim: /)
    expect(value(await git.show(repo.work.dir, tip, 'STATUS.md'))).toMatch(/A$/)
  })

  test('after a force-push and prune, from the pinned cursor (row 83)', async ({ repo, git }) => {
    const base = await repo.work.git('rev-parse', 'HEAD')
    await repo.work.commit('claim: old', { 'o.txt': 'o' })
    await repo.work.push('origin', 'main')
    const watcher = await repo.clone('watch')
    const old = value(await git.fetch(watcher.dir, 'origin', 'main'))
    value(await git.pin(watcher.dir, 'origin', 'main', old))
    await watcher.git('reset', '-q', '--hard', base)
    await repo.work.git('reset', '-q', '--hard', base)
    await repo.work.commit('claim: new', { 'n.txt': 'n' })
    await repo.work.push('--force', 'origin', 'main')
    const tip = value(await git.fetch(watcher.dir, 'origin', 'main'))
    await watcher.git('fetch', '-q', 'origin')
    await watcher.git('reflog', 'expire', '--expire=now', '--all')
    await watcher.git('gc', '-q', '--prune=now')
    expect(await subjects(git, watcher.dir, old, tip)).toEqual(['claim: new'])
    expect(await subjects(git, watcher.dir, tip, old)).toEqual(['claim: old'])
    expect(value(await git.pinned(watcher.dir, 'origin', 'main'))).toBe(old)
    await watcher.git('update-ref', '-d', 'refs/agents/cursor/origin/main')
    await watcher.git('gc', '-q', '--prune=now')
    expect(await git.commitsBetween(watcher.dir, old, tip, 5)).toMatchObject({ code: 'missing-object' })
    expect(value(await git.recent(watcher.dir, tip, 1)).map((one) => one.subject)).toEqual(['claim: new'])
  })

  test('is quick at the first sight of a long history (row 84)', async ({ repo, git }) => {
    await importCommits(repo.origin, 'main', 20_000, (n) => `claim: ${n}`)
    const tip = value(await git.fetch(repo.work.dir, 'origin', 'main'))
    const began = Date.now()
    expect(value(await git.recent(repo.work.dir, tip, 200))).toHaveLength(200)
    expect(Date.now() - began).toBeLessThan(1000)
  })
})

describe('reading files', () => {
  test('answers text, and absent for folders, links and what is not there', async ({ repo, git }) => {
    await symlink('/etc/passwd', join(repo.work.dir, 'link'))
    const tip = await repo.work.commit('files', {
      'd/a.md': 'A\n',
      '*.md': 'star\n',
      big: 'x'.repeat(1_100_000),
    })
    const show = async (path: string) => value(await git.show(repo.work.dir, tip, path))
    expect(await show('d/a.md')).toBe('A\n')
    expect(await show('*.md')).toBe('star\n')
    for (const path of ['d', 'link', 'none', 'big', '../x', '/etc/passwd', ':(top)d'])
      expect(await show(path)).toBe(undefined)
  })

  test('tells that a file was touched although it stands as before', async ({ repo, git }) => {
    const from = await repo.work.commit('inbox', { 'IN.md': 'do it\n' })
    await repo.work.git('rm', '-q', 'IN.md')
    await repo.work.commit('read')
    const to = await repo.work.commit('again', { 'IN.md': 'do it\n' })
    const later = await repo.work.commit('else', { 'x.md': 'x' })
    expect(value(await git.touchedBetween(repo.work.dir, from, to, 'IN.md'))).toBe(true)
    expect(value(await git.touchedBetween(repo.work.dir, to, later, 'IN.md'))).toBe(false)
  })
})

describe('folders to watch', () => {
  test('are the local remote and the clones of agents, worktrees followed', async ({ repo, git }) => {
    const agent = await repo.clone('agent')
    const tree = join(repo.root, 'tree')
    await agent.git('worktree', 'add', '-q', tree, '-b', 'side')
    const folders = await git.refFolders(repo.work.dir, 'origin', [
      join(tree),
      repo.root,
      join(repo.root, 'none'),
    ])
    expect(folders.sort()).toEqual(
      [
        join(repo.origin, 'refs/heads'),
        join(repo.work.dir, '.git/refs/remotes'),
        join(agent.dir, '.git/refs/remotes'),
      ].sort(),
    )
  })

  test('leave out a remote behind a network, and follow file and relative addresses', async ({
    repo,
    git,
  }) => {
    await repo.work.git('remote', 'add', 'net', 'git@example.org:x/y.git')
    await repo.work.git('remote', 'add', 'file', `file://${repo.origin}`)
    await repo.work.git('remote', 'add', 'rel', '../o.git')
    const own = join(repo.work.dir, '.git/refs/remotes')
    expect(await git.refFolders(repo.work.dir, 'net')).toEqual([own])
    expect(await git.refFolders(repo.work.dir, 'file')).toEqual([join(repo.origin, 'refs/heads'), own])
    expect(await git.refFolders(repo.work.dir, 'rel')).toEqual([join(repo.origin, 'refs/heads'), own])
  })
})
