import type { Commit, GitOutcome } from '../adapters/git/types.ts'
import { crashPoint } from '../core/crash-point.ts'
import { batchOf } from './batch.ts'
import {
  afterLandmark,
  type CursorRecord,
  checkRecord,
  freshOf,
  type Position,
  recordName,
  remember,
} from './cursor.ts'
import { readInboxes } from './inbox.ts'
import type { Stream } from './streams.ts'
import type { HandoffDeps, PingDraft, Trouble } from './types.ts'

/** Commits read at once; of more, the newest. */
const MOST_READ = 20_000
/** Landmarks taken at the first sight of a branch, and commits scanned when the cursor's own is gone. */
const LANDMARKS = 500

/** What one followed branch remembers between looks. */
export interface Followed {
  branch: string | undefined
  tip: string | undefined
  record: CursorRecord | undefined
  /** Which branch `record` was loaded for. */
  loaded: string | undefined
}

interface Place {
  deps: HandoffDeps
  stream: Stream
  branch: string
  mind: Followed
}

/**
 * One look at one branch: fetch, read the commits after the cursor, ping, and only then move the cursor (INV-27,
 * INV-28). Whatever fails leaves the cursor where it was.
 */
export async function lookOnce(
  deps: HandoffDeps,
  stream: Stream,
  mind: Followed,
): Promise<Trouble | undefined> {
  const tracked = await deps.git.trackedBranch(stream.repo, stream.remote, stream.branch)
  if (tracked.kind !== 'ok') return tracked
  mind.branch = tracked.value
  const place: Place = { deps, stream, branch: tracked.value, mind }
  const opened = await open(place)
  if (opened !== undefined) return opened
  const fetched = await deps.git.fetch(stream.repo, stream.remote, tracked.value)
  if (fetched.kind !== 'ok') return fetched
  crashPoint('handoff-fetched')
  const moved = mind.tip !== fetched.value
  mind.tip = fetched.value
  if (moved)
    deps.moved?.({ repo: stream.repo, remote: stream.remote, branch: tracked.value, tip: fetched.value })
  const { record } = mind
  if (record?.position.cursor === fetched.value) return undefined
  return record === undefined
    ? firstSight(place, fetched.value)
    : advance(place, record.position, fetched.value)
}

/** Loads the record, delivers what a crash left undelivered, and pins the cursor before a fetch can orphan it. */
async function open(place: Place): Promise<Trouble | undefined> {
  const { deps, stream, branch, mind } = place
  if (mind.loaded !== branch) {
    const loaded = await deps.store.load(recordName(stream.repo, stream.remote, branch), checkRecord)
    if (loaded.kind === 'newer')
      return {
        kind: 'broken',
        code: 'config',
        why: 'the record of what was pinged was written by a newer version of this program',
        fix: 'Run that version again, or move the record away from the state folder.',
      }
    mind.record = loaded.kind === 'ok' ? loaded.value : undefined
    if (loaded.kind === 'corrupt') mind.record = await fromPin(place, loaded.why)
    mind.loaded = branch
    if (mind.record !== undefined) await pin(place, mind.record.position.cursor)
  }
  if (mind.record?.pending !== undefined) await settle(place, mind.record)
  return undefined
}

/** Both generations of the record are damaged: the pinned ref in the repository still knows the cursor. */
async function fromPin({ deps, stream, branch }: Place, why: string): Promise<CursorRecord | undefined> {
  const pinned = await deps.git.pinned(stream.repo, stream.remote, branch)
  const cursor = pinned.kind === 'ok' ? pinned.value : undefined
  const then =
    cursor === undefined ? 'starting at the present tip' : `going on from ${cursor.slice(0, 7)}, as pinned`
  deps.report({ kind: 'trouble', because: `the hand-off record is damaged (${why}); ${then}` })
  if (cursor === undefined) return undefined
  return { position: { cursor, dropped: [], seen: [], inboxes: {} }, pending: undefined }
}

/** Never a mass ping (row 84): history only gives the landmarks. A waiting inbox is announced. */
async function firstSight(place: Place, tip: string): Promise<Trouble | undefined> {
  const { deps, stream } = place
  const recent = await deps.git.recent(stream.repo, tip, LANDMARKS)
  if (recent.kind !== 'ok') return recent
  const inboxes = await readInboxes(deps.git, { stream, tip, since: undefined, known: {} })
  if (inboxes.kind !== 'ok') return inboxes
  const seen = recent.value.map((commit) => commit.fingerprint)
  const next: Position = { cursor: tip, dropped: [], seen, inboxes: inboxes.value.known }
  return deliver(place, { ...next, inboxes: {} }, next, inboxes.value.pings)
}

async function advance(place: Place, position: Position, tip: string): Promise<Trouble | undefined> {
  const { deps, stream, branch } = place
  const read = await readRange(place, position, tip)
  if (read.kind !== 'ok') return read
  const since = read.value.rewritten ? undefined : position.cursor
  const inboxes = await readInboxes(deps.git, { stream, tip, since, known: position.inboxes })
  if (inboxes.kind !== 'ok') return inboxes
  const pings = await batchOf(read.value.fresh, stream.routes, branch, deps.match)
  const seen = remember(position.seen, read.value.prints)
  const next: Position = { cursor: tip, dropped: read.value.dropped, seen, inboxes: inboxes.value.known }
  return deliver(place, position, next, [...pings, ...inboxes.value.pings])
}

interface Range {
  fresh: Commit[]
  dropped: string[]
  prints: string[]
  rewritten: boolean
}

/** The commits that nobody was told of. After a force-push, copies of those that fell off the branch are none. */
async function readRange(
  { deps, stream }: Place,
  position: Position,
  tip: string,
): Promise<GitOutcome<Range>> {
  const [ahead, behind] = await Promise.all([
    deps.git.commitsBetween(stream.repo, position.cursor, tip, MOST_READ),
    deps.git.commitsBetween(stream.repo, tip, position.cursor, MOST_READ),
  ])
  if (ahead.kind === 'broken' && ahead.code === 'missing-object') {
    const recent = await deps.git.recent(stream.repo, tip, LANDMARKS)
    if (recent.kind !== 'ok') return recent
    const fresh = afterLandmark(recent.value, position.seen)
    deps.report({
      kind: 'git-trouble',
      because: `commit ${position.cursor.slice(0, 7)} is gone from ${stream.repo}; compared with the commits remembered`,
    })
    return { kind: 'ok', value: { fresh, dropped: [], prints: prints(fresh), rewritten: true } }
  }
  if (ahead.kind !== 'ok') return ahead
  if (behind.kind !== 'ok') return behind
  const fell = remember(position.dropped, prints(behind.value.commits))
  const { fresh, dropped } = freshOf(ahead.value.commits, fell)
  const rewritten = behind.value.total > 0
  return { kind: 'ok', value: { fresh, dropped, prints: prints(ahead.value.commits), rewritten } }
}

const prints = (commits: readonly Commit[]): string[] => commits.map((commit) => commit.fingerprint)

/** Write-ahead: a crash anywhere in here ends, after the restart, in the same pings with the same ids. */
async function deliver(
  place: Place,
  position: Position,
  next: Position,
  pings: PingDraft[],
): Promise<Trouble | undefined> {
  const record: CursorRecord = { position, pending: { next, pings } }
  if (pings.length > 0) {
    await save(place, record)
    crashPoint('handoff-pending')
  }
  await settle(place, record)
  return undefined
}

async function settle(place: Place, record: CursorRecord): Promise<void> {
  const { next, pings } = record.pending!
  for (const ping of pings) {
    await place.deps.emit(ping)
    crashPoint('handoff-emitted')
  }
  await save(place, { position: next, pending: undefined })
  crashPoint('handoff-saved')
  await pin(place, next.cursor)
  for (const ping of pings) announce(place, ping)
}

async function save({ deps, stream, branch, mind }: Place, record: CursorRecord): Promise<void> {
  await deps.store.save(recordName(stream.repo, stream.remote, branch), record)
  mind.record = record
}

/** A pin that fails costs nothing now: the next look pins again, and the landmarks stand in for it. */
async function pin({ deps, stream, branch }: Place, hash: string): Promise<void> {
  await deps.git.pin(stream.repo, stream.remote, branch, hash)
}

function announce({ deps, branch }: Place, ping: PingDraft): void {
  const what = ping.kind === 'inbox' ? 'an inbox has new content' : `${ping.commits.length} matching commits`
  deps.report({
    kind: 'handoff',
    agent: ping.agent,
    because: `${what} on ${branch}`,
    evidence: ping.commits.slice(-5).map((hash) => hash.slice(0, 12)),
    id: ping.id,
  })
}
