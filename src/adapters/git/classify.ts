import type { Ran } from './run.ts'
import type { GitOutcome, GitTrouble } from './types.ts'

export interface Place {
  repo: string
  remote?: string
  branch?: string
}

interface Rule {
  text: RegExp
  code: GitTrouble
  why: (place: Place) => string
  fix: (place: Place) => string
}

const RULES: Rule[] = [
  {
    text: /dubious ownership/,
    code: 'config',
    why: (p) => `git refuses ${p.repo}, because it belongs to another user`,
    fix: (p) => `Run: git config --global --add safe.directory ${p.repo}`,
  },
  {
    text: /not a git repository|cannot change to '/,
    code: 'no-repo',
    why: (p) => `${p.repo} is not a git repository`,
    fix: () => 'Clone the repository there, or set repo in [loop.handoff].',
  },
  {
    text: /couldn't find remote ref|Remote branch .* not found/,
    code: 'no-branch',
    why: (p) => `the remote ${p.remote} has no branch ${p.branch}`,
    fix: (p) => `Push it (git push ${p.remote} ${p.branch}), or set branch in [loop.handoff].`,
  },
  {
    text: /transport '.*' not allowed|Unable to find remote helper/,
    code: 'config',
    why: (p) => `the address of the remote ${p.remote} uses a transport that is not allowed`,
    fix: () => 'Use a path, file, git, http, https or ssh address.',
  },
  {
    text: /Host key verification failed|host key/i,
    code: 'auth',
    why: (p) => `ssh does not know the host key of the remote ${p.remote}`,
    fix: (p) => `Run once by hand: git -C ${p.repo} ls-remote ${p.remote}`,
  },
  {
    text: /could not read (?:Username|Password)|terminal prompts disabled|unable to read askpass|Authentication failed|Permission denied \(|returned error: 40[13]|Invalid username or password/i,
    code: 'auth',
    why: (p) => `the remote ${p.remote} wants a login, and nobody is there to type one`,
    fix: (p) =>
      `Give git a credential helper or ssh an agent; test with: GIT_TERMINAL_PROMPT=0 git -C ${p.repo} ls-remote ${p.remote}`,
  },
  {
    text: /is corrupt|inflate:|object file .* is empty|unable to unpack|bad tree object|unable to parse commit|(?:pack|index) file .*(?:corrupt|cannot be accessed|is not)|bad pack header|unable to read (?:sha1 file|tree|blob)|missing blob|does not match index|garbage at end of loose object|bad object header/,
    code: 'corrupt',
    why: (p) => `the repository ${p.repo} is damaged`,
    fix: (p) => `Look with: git -C ${p.repo} fsck --full; then clone it anew.`,
  },
  {
    text: /bad object|Invalid revision range|bad revision|Not a valid object name|not a valid object|unknown revision|does not exist in/i,
    code: 'missing-object',
    why: (p) => `a commit is no longer in ${p.repo}`,
    fix: () => 'The next fetch reads the branch anew.',
  },
  {
    text: /cannot lock ref .*(?:exists; cannot create|there are still refs under)/,
    code: 'config',
    why: (p) => `a ref that we kept for an older branch stands in the way of ${p.branch}`,
    fix: (p) => `Run: git -C ${p.repo} for-each-ref refs/agents, and git update-ref -d the older one.`,
  },
]

/** Git's own words, one line, control characters and logins in addresses taken out. Bounded to 300 characters. */
export function firstWords(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim())
  const line =
    lines.find((one) => /^(?:fatal|error):/.test(one)) ?? lines.find((one) => one !== '') ?? 'no message'
  return line
    .replace(/(\w+:\/\/)[^/\s'@]*@/g, '$1')
    .replace(/[\0-\x1f\x7f-\x9f]/g, ' ')
    .slice(0, 300)
}

/** Sorts a failed call: worth another try, or somebody must mend something. Needs git's English messages. */
export function classify(ran: Exclude<Ran, { kind: 'ended'; code: 0 }>, place: Place): GitOutcome<never> {
  if (ran.kind === 'deadline') return { kind: 'retry', why: 'git did not answer in time and was ended' }
  if (ran.kind === 'closed') return { kind: 'retry', why: 'git is being shut down' }
  if (ran.kind === 'too-much') return { kind: 'retry', why: 'git printed more than 128 MiB' }
  if (ran.kind === 'no-start') {
    if (!ran.missing) return { kind: 'retry', why: `git did not start: ${firstWords(ran.why)}` }
    return {
      kind: 'broken',
      code: 'no-git',
      why: 'git is not installed',
      fix: 'Install git (agents doctor says how).',
    }
  }
  const rule = RULES.find((one) => one.text.test(ran.stderr))
  if (rule !== undefined)
    return {
      kind: 'broken',
      code: rule.code,
      why: `${rule.why(place)} (${firstWords(ran.stderr)})`,
      fix: rule.fix(place),
    }
  const lock = /Unable to create '(.+\.lock)': File exists/.exec(ran.stderr)
  if (lock !== null)
    return {
      kind: 'retry',
      why: `${lock[1]} stands; remove it if no git process is running in ${place.repo}`,
    }
  return { kind: 'retry', why: firstWords(ran.stderr) }
}
