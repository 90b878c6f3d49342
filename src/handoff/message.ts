import type { RouteSpec } from '../core/index.ts'

/** What the built-in wordings say of one commit and of several. */
interface Wording {
  one: string
  many: string
  ask: { one: string; many: string }
}

const CLAIM: Wording = {
  one: 'a gate claim was',
  many: 'gate claims were',
  ask: { one: 'Pull, read and verify it.', many: 'Pull, read and verify them.' },
}

const REVIEW: Wording = {
  one: 'a review verdict or finding was',
  many: 'review verdicts or findings were',
  ask: { one: 'Pull, read and act on it.', many: 'Pull, read and act on them.' },
}

const OTHER: Wording = {
  one: 'a commit of the route {route} was',
  many: 'commits of the route {route} were',
  ask: REVIEW.ask,
}

/** Names come from configuration and remotes: whatever could be more than a name is shown as `_`. */
const plain = (name: string): string => name.replace(/[^\p{L}\p{N}._/+-]/gu, '_').slice(0, 100)

/**
 * The ping for a batch of commits. A commit's subject is data from outside and never part of it; `{count}`, `{hash}`
 * (7 characters), `{branch}` and `{route}` are replaced once, in one pass.
 */
export function pingText(route: RouteSpec, count: number, newest: string, branch: string): string {
  const slots: Record<string, string> = {
    count: `${count}`,
    hash: newest.slice(0, 7),
    branch: plain(branch),
    route: plain(route.id),
  }
  const template = route.message === '' ? builtIn(route.id, count) : route.message
  return template.replace(/\{(count|hash|branch|route)\}/g, (_, slot: string) => slots[slot]!)
}

function builtIn(id: string, count: number): string {
  const words = id === 'claim' ? CLAIM : id === 'review' ? REVIEW : OTHER
  const what = count === 1 ? words.one : `{count} ${words.many}`
  return `watchdog ping: ${what} pushed to {branch} (newest {hash}). ${count === 1 ? words.ask.one : words.ask.many}`
}

/** @param path as it stands in the repository, for a person's eyes */
export const inboxText = (path: string): string =>
  `watchdog ping: ${path} holds a message for you. Pull, read it and act on it, then delete the file, commit and push.`
